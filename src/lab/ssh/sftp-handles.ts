import { closeSync } from 'node:fs';

interface OpenFile {
  kind: 'file';
  fd: number;
  path: string;
}

interface OpenDirectory {
  kind: 'directory';
  path: string;
  /** Not told yet. */
  names: string[];
}

/** The open handles of one SFTP session. */
export class Handles {
  readonly #open = new Map<number, OpenFile | OpenDirectory>();
  #next = 1;

  add(what: OpenFile | OpenDirectory): Buffer {
    const number = this.#next++;
    this.#open.set(number, what);
    const handle = Buffer.alloc(4);
    handle.writeUInt32BE(number);
    return handle;
  }

  file(handle: Buffer): OpenFile | undefined {
    const found = this.#get(handle);
    return found?.kind === 'file' ? found : undefined;
  }

  directory(handle: Buffer): OpenDirectory | undefined {
    const found = this.#get(handle);
    return found?.kind === 'directory' ? found : undefined;
  }

  /** false: no such handle. */
  close(handle: Buffer): boolean {
    const found = this.#get(handle);
    if (!found) return false;
    if (found.kind === 'file') closeSync(found.fd);
    return this.#open.delete(handle.readUInt32BE());
  }

  closeAll(): void {
    for (const found of this.#open.values()) if (found.kind === 'file') closeSync(found.fd);
    this.#open.clear();
  }

  #get(handle: Buffer): OpenFile | OpenDirectory | undefined {
    return handle.length === 4 ? this.#open.get(handle.readUInt32BE()) : undefined;
  }
}
