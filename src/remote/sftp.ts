import { randomBytes } from 'node:crypto';
import { posix } from 'node:path';
import ssh2, { type Client, type SFTPWrapper } from 'ssh2';
import { idsOf } from './file-scripts.js';
import type { FileAttributes } from './target.js';

const { STATUS_CODE } = ssh2.utils.sftp;

/** The SFTP subsystem of one connection, or undefined when the server has none. */
export function openSftp(client: Client): Promise<SFTPWrapper | undefined> {
  return new Promise((resolve) => {
    client.sftp((error, sftp) => {
      if (error) return resolve(undefined);
      sftp.on('error', () => undefined); // every request's own callback tells
      resolve(sftp);
    });
  });
}

/** Status code of an SFTP reply; undefined for other errors (lost line, missing extension). */
function sftpStatus(error: unknown): number | undefined {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'number' ? code : undefined;
}

/** Turns a callback of ssh2 (which may also throw at once) into a promise. */
function call<T>(start: (done: (error: Error | null | undefined, value?: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, value) => (error ? reject(error) : resolve(value as T)));
  });
}

/** Content of a file as UTF-8, or undefined when it does not exist. */
export async function readBySftp(sftp: SFTPWrapper, path: string): Promise<string | undefined> {
  try {
    const content = await call<Buffer>((done) => sftp.readFile(path, done));
    return content.toString('utf8');
  } catch (error) {
    if (sftpStatus(error) === STATUS_CODE.NO_SUCH_FILE) return undefined;
    throw error;
  }
}

/** Whether SFTP can set this owner: it takes numbers only, and only root's and wheel's are known. */
export function sftpCanOwn(attributes: FileAttributes): boolean {
  const { owner, group } = idsOf(attributes);
  return owner === '0' && group === '0';
}

/**
 * Atomic replacement, with OpenSSH's fsync and posix-rename extensions. Throws (also when the server
 * lacks them) after taking the temporary file away. A link keeps being one: its file is replaced.
 */
export async function writeBySftp(
  sftp: SFTPWrapper,
  path: string,
  content: string,
  attributes: FileAttributes,
): Promise<void> {
  const target = await behindLinks(sftp, path);
  const temporary = posix.join(posix.dirname(target), `.hastconf.${randomBytes(6).toString('hex')}`);
  const handle = await call<Buffer>((done) => sftp.open(temporary, 'wx', { mode: 0o600 }, done));
  try {
    try {
      await writeAll(sftp, handle, Buffer.from(content, 'utf8'));
      await call<void>((done) => sftp.ext_openssh_fsync(handle, done));
      await call<void>((done) => sftp.fchown(handle, 0, 0, done));
      await call<void>((done) => sftp.fchmod(handle, attributes.mode, done));
    } finally {
      await call<void>((done) => sftp.close(handle, done));
    }
    await call<void>((done) => sftp.ext_openssh_rename(temporary, target, done));
  } catch (error) {
    await call<void>((done) => sftp.unlink(temporary, done)).catch(() => undefined);
    throw error;
  }
}

async function writeAll(sftp: SFTPWrapper, handle: Buffer, data: Buffer): Promise<void> {
  if (data.length === 0) return;
  await call<void>((done) => sftp.write(handle, data, 0, data.length, 0, done));
}

async function behindLinks(sftp: SFTPWrapper, path: string): Promise<string> {
  try {
    const stats = await call<{ isSymbolicLink(): boolean }>((done) => sftp.lstat(path, done));
    return stats.isSymbolicLink() ? await call<string>((done) => sftp.realpath(path, done)) : path;
  } catch (error) {
    if (sftpStatus(error) === STATUS_CODE.NO_SUCH_FILE) return path;
    throw error;
  }
}
