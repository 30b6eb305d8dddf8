import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HastconfError } from '../../src/errors.js';
import { loadChapSecrets, placeholderChap } from '../../src/spec/chap-secrets.js';
import type { ClusterSpec } from '../../src/spec/types.js';
import { demoSpec } from './demo.js';

const TARGET = 'iqn.2026-01.org.example:disk1';
let dir: string;
let path: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hastconf-chap-'));
  path = join(dir, 'pair1.chap');
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const spec = (): ClusterSpec => ({
  ...demoSpec(),
  services: [
    { type: 'iscsi', target: TARGET, resource: 'disk1', chapFile: path },
    { type: 'iscsi', target: `${TARGET}-open`, resource: 'disk2' },
  ],
});

async function refusal(content: string, mode = 0o600): Promise<HastconfError> {
  await rm(path, { force: true });
  await writeFile(path, content);
  await chmod(path, mode);
  const refused = await loadChapSecrets(spec()).catch((error: unknown) => error);
  if (!(refused instanceof HastconfError)) throw new Error(`not refused: ${String(refused)}`);
  return refused;
}

describe('CHAP secrets', () => {
  it('are read for the targets that name a file, without the end of the line', async () => {
    await writeFile(path, 'OneSecretWord1\n', { mode: 0o600 });
    const found = await loadChapSecrets(spec());
    expect(Object.keys(found)).toEqual([TARGET]);
    expect(found[TARGET]?.reveal()).toBe('OneSecretWord1');
    expect(JSON.stringify(found)).not.toContain('OneSecret');
  });

  it.each([
    ['elevenbytes', 'is 11 bytes long; initiators take 12 to 16'],
    ['seventeen-letters', 'is 17 bytes long'],
    ['', 'is 0 bytes long'],
    ['two words here', 'has characters other than letters, digits'],
    ['quote"quote"quo', 'has characters other than letters, digits'],
    ['first-line-12\nx', 'has characters other than letters, digits'],
  ])('%j is refused with exit 2, and never shown', async (content, says) => {
    const { exit, message, detail, remedy } = await refusal(`${content}\n`);
    expect(exit).toBe(2);
    expect(message).toContain(says);
    if (content !== '') expect([message, detail, remedy].join()).not.toContain(content);
  });

  it.each(['640', '604', '660'])('a file of mode %s is refused', async (text) => {
    const { exit, message, remedy } = await refusal('OneSecretWord1\n', Number.parseInt(text, 8));
    expect([exit, remedy]).toEqual([2, `chmod 600 ${path}`]);
    expect(message).toContain('others can read');
  });

  it('a file that is not there is refused', async () => {
    await rm(path, { force: true });
    await expect(loadChapSecrets(spec())).rejects.toMatchObject({ exit: 2, detail: 'ENOENT' });
  });

  it('have a word in their place where none is wanted', () => {
    expect(placeholderChap(spec(), 'Word')[TARGET]?.reveal()).toBe('Word');
  });
});
