import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  ftruncateSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { NodeFiles } from '../types.js';
import { decodeBytes, encodeBytes } from './bytes.js';
import { PathError, type Place, withPlace } from './paths.js';

export interface Owner {
  uid: number;
  gid: number;
}

const { O_RDONLY, O_WRONLY, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
const MISSING = new Set(['ENOENT', 'ENOTDIR']);

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && MISSING.has(String(error.code));
}

/** The files below `root`, as bytes and text; every path is taken inside it. `owner` gets what is made. */
export class RootedFiles implements NodeFiles {
  readonly root: string;
  readonly #owner: Owner | undefined;
  readonly #handedOut = new Set<string>();

  constructor(root: string, owner: Owner | undefined) {
    this.root = root;
    this.#owner = owner;
  }

  async read(path: string): Promise<string | undefined> {
    const bytes = this.readBytes(path);
    return bytes && decodeBytes(bytes);
  }

  async write(path: string, content: string, mode?: number): Promise<void> {
    this.writeBytes(path, encodeBytes(content), mode);
  }

  async exists(path: string): Promise<boolean> {
    try {
      return withPlace(this.root, path, (place) => lstatSync(place.path) !== undefined);
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  async remove(path: string): Promise<void> {
    const removeAt = (place: Place) => {
      if (place.name === '.') throw new PathError('EBUSY', path);
      rmSync(place.path, { recursive: true, force: true });
    };
    try {
      withPlace(this.root, path, removeAt, { follow: false });
    } catch (error) {
      // Its directory is not there either.
      if (!isMissing(error)) throw error;
    }
  }

  async mkdir(path: string): Promise<void> {
    const makeDirectory = (at: string) => this.#makeDirectory(at);
    withPlace(this.root, `${path}/x`, () => undefined, { makeDirectory });
  }

  async list(path: string): Promise<readonly string[] | undefined> {
    try {
      return withPlace(this.root, `${path}/.`, (place) => readdirSync(place.path).sort());
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async real(path: string): Promise<string> {
    const real = withPlace(this.root, path, (place) => {
      const directory = readlinkSync(`/proc/self/fd/${place.directory}`);
      return place.name === '.' ? directory : `${directory}/${place.name}`;
    });
    if (this.#owner) this.#handedOut.add(real);
    return real;
  }

  /** Gives the node's user what the model has made at paths from {@link real} meanwhile. */
  adopt(): void {
    const owner = this.#owner;
    if (!owner) return;
    for (const path of this.#handedOut) {
      for (let at = path; at.length > this.root.length && at.startsWith(this.root); at = dirname(at)) {
        if (!adoptTree(at, owner) && at === path) break;
      }
    }
  }

  /** The file's bytes, or undefined when there is none. Only regular files: a FIFO would block for ever. */
  readBytes(path: string): Buffer | undefined {
    try {
      const fd = this.open(path, O_RDONLY);
      try {
        if (!fstatSync(fd).isFile()) throw new PathError('EISDIR', path);
        return readFileSync(fd);
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** Writes a whole file; makes missing directories on the way. */
  writeBytes(path: string, content: Uint8Array, mode?: number): void {
    const fd = this.open(path, O_WRONLY | O_CREAT, mode);
    try {
      if (!fstatSync(fd).isFile()) throw new PathError('EINVAL', path);
      ftruncateSync(fd);
      writeFileSync(fd, content);
      if (mode !== undefined) fchmodSync(fd, mode);
    } finally {
      closeSync(fd);
    }
  }

  /** open(2) inside the root; the caller closes the descriptor. */
  open(path: string, flags: number, mode = 0o644): number {
    const creates = (flags & O_CREAT) !== 0;
    return withPlace(
      this.root,
      path,
      (place) => {
        const fd = openSync(place.path, flags | O_NOFOLLOW | O_NONBLOCK, mode);
        if (creates && this.#owner) fchownSync(fd, this.#owner.uid, this.#owner.gid);
        return fd;
      },
      creates ? { makeDirectory: (at) => this.#makeDirectory(at) } : {},
    );
  }

  #makeDirectory(at: string): void {
    mkdirSync(at, { mode: 0o755 });
    if (this.#owner) lchownSync(at, this.#owner.uid, this.#owner.gid);
  }
}

/** Changes the owner of what belongs to the lab itself; false when there was nothing to do. */
function adoptTree(path: string, owner: Owner): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found || found.uid === owner.uid) return false;
  lchownSync(path, owner.uid, owner.gid);
  if (found.isDirectory()) for (const name of readdirSync(path)) adoptTree(join(path, name), owner);
  return true;
}
