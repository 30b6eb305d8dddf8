import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findEmulator } from '../../../src/lab/machines/requirements.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hastconf-require-'));
});
afterEach(() => rm(dir, { recursive: true }));

async function install(...names: string[]): Promise<void> {
  for (const name of names) {
    await writeFile(join(dir, name), '');
    await chmod(join(dir, name), 0o755);
  }
}

it('says which packages to install, all at once', async () => {
  await expect(findEmulator({ path: dir, firmware: [dir] })).rejects.toMatchObject({
    exit: 3,
    message: expect.stringContaining('qemu-system-x86_64'),
    remedy: 'On Debian and Ubuntu: apt-get install qemu-system-x86 ovmf util-linux',
  });
  await install('qemu-system-x86_64', 'setpriv');
  await expect(findEmulator({ path: dir, firmware: [dir] })).rejects.toMatchObject({
    remedy: 'On Debian and Ubuntu: apt-get install ovmf',
  });
});

it('can do without qemu-img', async () => {
  await install('qemu-system-x86_64', 'setpriv', 'OVMF_CODE_4M.fd', 'OVMF_VARS_4M.fd');
  expect(await findEmulator({ path: dir, firmware: [dir] })).toEqual({
    qemu: join(dir, 'qemu-system-x86_64'),
    qemuImg: undefined,
    firmware: join(dir, 'OVMF_CODE_4M.fd'),
    vars: join(dir, 'OVMF_VARS_4M.fd'),
  });
});
