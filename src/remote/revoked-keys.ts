import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { keyTypeOf } from './known-hosts.js';

/** How a key revocation list begins (OpenSSH, PROTOCOL.krl). */
const KRL = 'SSHKRL\n\0';

/** Whether a file of RevokedHostKeys has this key: public keys one a line, or a KRL. A text says why that is not known. */
export async function isRevoked(file: string, key: Buffer): Promise<boolean | string> {
  const content = await readFile(file).catch((error: NodeJS.ErrnoException) => error);
  if (content instanceof Error) return `${file}: ${content.code}`;
  if (content.subarray(0, KRL.length).toString('latin1') === KRL) return inKrl(file, key);
  const shown = key.toString('base64').replace(/=+$/, '');
  return content
    .toString('utf8')
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .some((line) => line.split(/\s+/).some((word) => word.replace(/=+$/, '') === shown));
}

async function inKrl(file: string, key: Buffer): Promise<boolean | string> {
  const dir = await mkdtemp(join(tmpdir(), 'hastconf-key-'));
  try {
    const path = join(dir, 'key.pub');
    await writeFile(path, `${keyTypeOf(key)} ${key.toString('base64')}\n`);
    const options = { reject: false, stdin: 'ignore' } as const;
    const { exitCode, stdout, stderr } = await execa('ssh-keygen', ['-Q', '-f', file, path], options);
    if (exitCode === 0) return false;
    return /: REVOKED$/m.test(stdout) ? true : `${file}: ${stderr.trim() || 'ssh-keygen cannot read it'}`;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
