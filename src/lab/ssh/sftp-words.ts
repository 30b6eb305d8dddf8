import type { Stats } from 'node:fs';
import ssh2, { type Attributes, type SFTPWrapper } from 'ssh2';

export const { STATUS_CODE, OPEN_MODE } = ssh2.utils.sftp;

/** Version 3 with the extensions that OpenSSH names and this server answers. */
const EXTENSIONS: readonly [string, string][] = [
  ['posix-rename@openssh.com', '1'],
  ['fsync@openssh.com', '1'],
];

/** errno -> status, as OpenSSH's sftp-server translates it: a full disk is plainly "Failure". */
export const STATUS: Readonly<Record<string, number>> = {
  ENOENT: STATUS_CODE.NO_SUCH_FILE,
  EBADF: STATUS_CODE.NO_SUCH_FILE,
  ENOTDIR: STATUS_CODE.NO_SUCH_FILE,
  ELOOP: STATUS_CODE.NO_SUCH_FILE,
  EPERM: STATUS_CODE.PERMISSION_DENIED,
  EACCES: STATUS_CODE.PERMISSION_DENIED,
  EINVAL: STATUS_CODE.BAD_MESSAGE,
  ENAMETOOLONG: STATUS_CODE.BAD_MESSAGE,
  ENOSYS: STATUS_CODE.OP_UNSUPPORTED,
};

interface ProtocolHolder {
  _protocol: { channelData(id: number, payload: Buffer): boolean };
}

/**
 * ssh2's server answers INIT with a bare version 3 and has no way to name extensions, though it passes
 * their requests on: the version packet is replaced on its way out.
 */
export function announceExtensions(sftp: SFTPWrapper): void {
  const bare = Buffer.from([0, 0, 0, 5, 2, 0, 0, 0, 3]);
  const text = (value: string) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(Buffer.byteLength(value));
    return Buffer.concat([length, Buffer.from(value)]);
  };
  const full = Buffer.concat([bare, ...EXTENSIONS.flat().map(text)]);
  full.writeUInt32BE(full.length - 4);
  const holder = sftp as unknown as ProtocolHolder;
  const protocol = holder._protocol;
  const channelData = (id: number, payload: Buffer) =>
    protocol.channelData(id, Buffer.isBuffer(payload) && payload.equals(bare) ? full : payload);
  holder._protocol = Object.create(protocol, { channelData: { value: channelData } });
}

export function attributes(stats: Stats): Attributes {
  // The files belong to the node's user on this machine; for the node that is root.
  return {
    mode: stats.mode,
    uid: 0,
    gid: 0,
    size: stats.size,
    atime: Math.floor(stats.atimeMs / 1000),
    mtime: Math.floor(stats.mtimeMs / 1000),
  };
}

export function named(filename: string, stats: Stats | undefined) {
  const attrs = stats ? attributes(stats) : { mode: 0, uid: 0, gid: 0, size: 0, atime: 0, mtime: 0 };
  return { filename, longname: filename, attrs };
}
