import {
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  readSync,
  renameSync,
  rmdirSync,
  type Stats,
  symlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { posix } from 'node:path';
import ssh2, { type Attributes, type SFTPWrapper } from 'ssh2';
import type { RootedFiles } from '../shell/files.js';
import { PathError, withPlace } from '../shell/paths.js';
import { Handles } from './sftp-handles.js';

const { STATUS_CODE, OPEN_MODE } = ssh2.utils.sftp;

/** Version 3 with the extensions that OpenSSH names and this server answers. */
const EXTENSIONS: readonly [string, string][] = [
  ['posix-rename@openssh.com', '1'],
  ['fsync@openssh.com', '1'],
];

/** errno -> status, as OpenSSH's sftp-server translates it: a full disk is plainly "Failure". */
const STATUS: Readonly<Record<string, number>> = {
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

export interface SftpOptions {
  files: RootedFiles;
  home: string;
  diskFull: () => boolean;
}

/** The SFTP subsystem of a node: its files through the protocol, version 3. */
export function serveSftp(sftp: SFTPWrapper, options: SftpOptions): void {
  announceExtensions(sftp);
  const server = new SftpServer(options);
  const answer = (id: number, act: () => void) => {
    try {
      act();
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      sftp.status(id, STATUS[code] ?? STATUS_CODE.FAILURE);
    }
  };
  const done = (id: number, act: () => void) =>
    answer(id, () => {
      act();
      sftp.status(id, STATUS_CODE.OK);
    });
  sftp.on('OPEN', (id, path, flags, attrs) =>
    answer(id, () => sftp.handle(id, server.open(path, flags, attrs))),
  );
  sftp.on('READ', (id, handle, offset, length) =>
    answer(id, () => {
      const data = server.read(handle, offset, length);
      if (data.length === 0) sftp.status(id, STATUS_CODE.EOF);
      else sftp.data(id, data);
    }),
  );
  sftp.on('WRITE', (id, handle, offset, data) => done(id, () => server.write(handle, offset, data)));
  sftp.on('CLOSE', (id, handle) => done(id, () => server.close(handle)));
  sftp.on('STAT', (id, path) => answer(id, () => sftp.attrs(id, server.stat(path))));
  sftp.on('LSTAT', (id, path) => answer(id, () => sftp.attrs(id, server.lstat(path))));
  sftp.on('FSTAT', (id, handle) => answer(id, () => sftp.attrs(id, server.fstat(handle))));
  sftp.on('SETSTAT', (id, path, attrs) => done(id, () => server.setstat(path, attrs)));
  sftp.on('FSETSTAT', (id, handle, attrs) => done(id, () => server.fsetstat(handle, attrs)));
  sftp.on('OPENDIR', (id, path) => answer(id, () => sftp.handle(id, server.opendir(path))));
  sftp.on('READDIR', (id, handle) =>
    answer(id, () => {
      const names = server.readdir(handle);
      if (names.length === 0) sftp.status(id, STATUS_CODE.EOF);
      else sftp.name(id, names);
    }),
  );
  sftp.on('REMOVE', (id, path) => done(id, () => server.place(path, unlinkSync)));
  sftp.on('RMDIR', (id, path) => done(id, () => server.place(path, rmdirSync)));
  sftp.on('MKDIR', (id, path, attrs) => done(id, () => server.mkdir(path, attrs)));
  sftp.on('RENAME', (id, from, to) => done(id, () => server.rename(from, to, false)));
  sftp.on('REALPATH', (id, path) =>
    answer(id, () => sftp.name(id, [named(server.realpath(path), undefined)])),
  );
  sftp.on('READLINK', (id, path) =>
    answer(id, () =>
      sftp.name(id, [
        named(
          server.place(path, (at) => readlinkSync(at)),
          undefined,
        ),
      ]),
    ),
  );
  sftp.on('SYMLINK', (id, target, link) =>
    done(id, () => server.place(link, (at) => symlinkSync(target, at))),
  );
  sftp.on('EXTENDED', (id, name, data) => {
    if (name === 'posix-rename@openssh.com') {
      const [from = '', to = ''] = strings(data);
      return done(id, () => server.rename(from, to, true));
    }
    if (name === 'fsync@openssh.com') return done(id, () => server.fsync(data.subarray(4)));
    sftp.status(id, STATUS_CODE.OP_UNSUPPORTED);
  });
  sftp.on('close', () => server.end());
  sftp.on('end', () => {
    server.end();
    sftp.end();
  });
}

function strings(data: Buffer): string[] {
  const found: string[] = [];
  for (let at = 0; at + 4 <= data.length; ) {
    const length = data.readUInt32BE(at);
    found.push(data.toString('utf8', at + 4, at + 4 + length));
    at += 4 + length;
  }
  return found;
}

interface ProtocolHolder {
  _protocol: { channelData(id: number, payload: Buffer): boolean };
}

/**
 * ssh2's server answers INIT with a bare version 3 and has no way to name extensions, though it passes
 * their requests on: the version packet is replaced on its way out.
 */
function announceExtensions(sftp: SFTPWrapper): void {
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

function attributes(stats: Stats): Attributes {
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

function named(filename: string, stats: Stats | undefined) {
  const attrs = stats ? attributes(stats) : { mode: 0, uid: 0, gid: 0, size: 0, atime: 0, mtime: 0 };
  return { filename, longname: filename, attrs };
}

/** The requests, on the node's files; errors are thrown with an errno code. */
class SftpServer {
  readonly #options: SftpOptions;
  readonly #handles = new Handles();

  constructor(options: SftpOptions) {
    this.#options = options;
  }

  open(path: string, flags: number, attrs: Attributes): Buffer {
    const at = this.#absolute(path);
    const write = (flags & OPEN_MODE.WRITE) !== 0;
    const creates = (flags & OPEN_MODE.CREAT) !== 0;
    let mode = write ? ((flags & OPEN_MODE.READ) !== 0 ? constants.O_RDWR : constants.O_WRONLY) : 0;
    if (creates) {
      this.#needRoom();
      // open() of the node's files makes directories, sftp-server does not.
      this.stat(posix.dirname(at));
      mode |= constants.O_CREAT;
    }
    if ((flags & OPEN_MODE.EXCL) !== 0) mode |= constants.O_EXCL;
    if ((flags & OPEN_MODE.TRUNC) !== 0) mode |= constants.O_TRUNC;
    if ((flags & OPEN_MODE.APPEND) !== 0) mode |= constants.O_APPEND;
    const fd = this.#options.files.open(at, mode, (attrs.mode ?? 0o666) & 0o7777 & ~0o022);
    return this.#handles.add({ kind: 'file', fd, path: at });
  }

  read(handle: Buffer, offset: number, length: number): Buffer {
    const data = Buffer.alloc(Math.min(length, 262_144));
    return data.subarray(0, readSync(this.#file(handle), data, 0, data.length, offset));
  }

  write(handle: Buffer, offset: number, data: Buffer): void {
    this.#needRoom();
    const fd = this.#file(handle);
    for (let at = 0; at < data.length; ) at += writeSync(fd, data, at, data.length - at, offset + at);
  }

  close(handle: Buffer): void {
    if (!this.#handles.close(handle)) throw new PathError('EBADF', 'handle');
  }

  fsync(handle: Buffer): void {
    fsyncSync(this.#file(handle));
  }

  stat(path: string): Attributes {
    return withPlace(this.#root, this.#absolute(path), (place) => attributes(lstatSync(place.path)));
  }

  lstat(path: string): Attributes {
    return this.place(path, (at) => attributes(lstatSync(at)));
  }

  fstat(handle: Buffer): Attributes {
    return attributes(fstatSync(this.#file(handle)));
  }

  setstat(path: string, attrs: Attributes): void {
    const fd = this.#options.files.open(this.#absolute(path), constants.O_RDONLY);
    const handle = this.#handles.add({ kind: 'file', fd, path });
    try {
      this.fsetstat(handle, attrs);
    } finally {
      this.#handles.close(handle);
    }
  }

  fsetstat(handle: Buffer, attrs: Attributes): void {
    const fd = this.#file(handle);
    // Ownership is the model's: only root's own, the default, is known here.
    if ((attrs.uid ?? 0) !== 0 || (attrs.gid ?? 0) !== 0) throw new PathError('ENOSYS', 'chown');
    if (attrs.mode !== undefined) fchmodSync(fd, attrs.mode & 0o7777);
    if (attrs.size !== undefined) ftruncateSync(fd, attrs.size);
  }

  opendir(path: string): Buffer {
    const at = this.#absolute(path);
    const names = withPlace(this.#root, `${at}/.`, (place) => readdirSync(place.path));
    return this.#handles.add({ kind: 'directory', path: at, names: ['.', '..', ...names] });
  }

  readdir(handle: Buffer) {
    const directory = this.#handles.directory(handle);
    if (!directory) throw new PathError('EBADF', 'handle');
    return directory.names.splice(0, 100).map((name) => {
      const path = name === '..' ? directory.path : posix.join(directory.path, name);
      return named(
        name,
        withPlace(this.#root, path, (place) => statOrUndefined(place.path), { follow: false }),
      );
    });
  }

  mkdir(path: string, attrs: Attributes): void {
    this.#needRoom();
    this.place(path, (at) => mkdirSync(at, { mode: (attrs.mode ?? 0o777) & 0o7777 & ~0o022 }));
  }

  /** rename(2) replaces; SFTP's own rename refuses when the target exists. */
  rename(from: string, to: string, replace: boolean): void {
    this.place(from, (source) =>
      this.place(to, (target) => {
        if (!replace && statOrUndefined(target)) throw new PathError('EEXIST', to);
        renameSync(source, target);
      }),
    );
  }

  realpath(path: string): string {
    const at = this.#absolute(path);
    return withPlace(this.#root, at, (place) => {
      const directory = readlinkSync(`/proc/self/fd/${place.directory}`).slice(statRoot(this.#root).length);
      return posix.join('/', directory, place.name);
    });
  }

  /** Runs a call on a path whose last component is not followed. */
  place<T>(path: string, act: (at: string) => T): T {
    return withPlace(this.#root, this.#absolute(path), (place) => act(place.path), { follow: false });
  }

  end(): void {
    this.#handles.closeAll();
  }

  get #root(): string {
    return this.#options.files.root;
  }

  #absolute(path: string): string {
    return path.startsWith('/') ? path : posix.join(this.#options.home, path);
  }

  #file(handle: Buffer): number {
    const file = this.#handles.file(handle);
    if (!file) throw new PathError('EBADF', 'handle');
    return file.fd;
  }

  #needRoom(): void {
    if (this.#options.diskFull()) throw new PathError('ENOSPC', 'disk');
  }
}

function statRoot(root: string): string {
  return withPlace(root, '/', (place) => readlinkSync(`/proc/self/fd/${place.directory}`));
}

function statOrUndefined(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}
