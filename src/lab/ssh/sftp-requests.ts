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
  type Stats,
  writeSync,
} from 'node:fs';
import { posix } from 'node:path';
import type { Attributes } from 'ssh2';
import { PathError, withPlace } from '../shell/paths.js';
import type { SftpOptions } from './sftp.js';
import { Handles } from './sftp-handles.js';
import { attributes, named, OPEN_MODE } from './sftp-words.js';

/** The requests, on the node's files; errors are thrown with an errno code. */
export class SftpServer {
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
