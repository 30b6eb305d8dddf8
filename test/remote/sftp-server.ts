import { promises as fs } from 'node:fs';
import ssh2, { type Attributes, type ParsedKey, type SFTPWrapper } from 'ssh2';

const { utils } = ssh2;
const { STATUS_CODE } = utils.sftp;

/** Parses a key that the test itself made. */
export function parsePublic(key: string): ParsedKey {
  const parsed: ParsedKey | ParsedKey[] | Error = utils.parseKey(key);
  if (parsed instanceof Error) throw parsed;
  return Array.isArray(parsed) ? (parsed[0] as ParsedKey) : parsed;
}

function statusOf(error: unknown): number {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return STATUS_CODE.NO_SUCH_FILE;
  return code === 'EACCES' || code === 'EPERM' ? STATUS_CODE.PERMISSION_DENIED : STATUS_CODE.FAILURE;
}

/**
 * The few requests that reading and replacing a file need, on this machine's own files. ssh2's server
 * side knows no extensions, so this stands for a server without fsync and posix-rename; the real ones
 * are tried against OpenSSH.
 */
export function serveSftp(sftp: SFTPWrapper, before: (request: string) => number | undefined): void {
  const handles = new Map<number, fs.FileHandle>();
  const handleOf = (buffer: Buffer) => handles.get(buffer.readUInt32BE(0)) as fs.FileHandle;
  const answer = (id: number, name: string, work: () => Promise<void>) => {
    const status = before(name);
    if (status !== undefined) sftp.status(id, status);
    else work().catch((error: unknown) => sftp.status(id, statusOf(error)));
  };
  const ok = (id: number) => sftp.status(id, STATUS_CODE.OK);
  sftp.on('OPEN', (id: number, path: string, flags: number, attributes: Attributes) =>
    answer(id, 'OPEN', async () => {
      const file = await fs.open(path, utils.sftp.flagsToString(flags) ?? 'r', attributes.mode);
      handles.set(file.fd, file);
      const handle = Buffer.alloc(4);
      handle.writeUInt32BE(file.fd, 0);
      sftp.handle(id, handle);
    }),
  );
  sftp.on('READ', (id: number, handle: Buffer, offset: number, length: number) =>
    answer(id, 'READ', async () => {
      const { bytesRead, buffer } = await handleOf(handle).read(Buffer.alloc(length), 0, length, offset);
      if (bytesRead === 0) sftp.status(id, STATUS_CODE.EOF);
      else sftp.data(id, buffer.subarray(0, bytesRead));
    }),
  );
  sftp.on('WRITE', (id: number, handle: Buffer, offset: number, data: Buffer) =>
    answer(id, 'WRITE', async () => {
      await handleOf(handle).write(data, 0, data.length, offset);
      ok(id);
    }),
  );
  sftp.on('CLOSE', (id: number, handle: Buffer) =>
    answer(id, 'CLOSE', async () => {
      await handleOf(handle).close();
      ok(id);
    }),
  );
  const stat = (name: 'STAT' | 'LSTAT') => (id: number, path: string) =>
    answer(id, name, async () => {
      const { mode, uid, gid, size } = await (name === 'STAT' ? fs.stat(path) : fs.lstat(path));
      sftp.attrs(id, { mode, uid, gid, size, atime: 0, mtime: 0 });
    });
  sftp.on('STAT', stat('STAT'));
  sftp.on('LSTAT', stat('LSTAT'));
  sftp.on('FSTAT', (id: number, handle: Buffer) =>
    answer(id, 'FSTAT', async () => {
      const { mode, uid, gid, size } = await handleOf(handle).stat();
      sftp.attrs(id, { mode, uid, gid, size, atime: 0, mtime: 0 });
    }),
  );
  sftp.on('REMOVE', (id: number, path: string) =>
    answer(id, 'REMOVE', async () => {
      await fs.unlink(path);
      ok(id);
    }),
  );
}
