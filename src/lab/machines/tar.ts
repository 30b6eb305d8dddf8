/** A file or, with a path that ends in `/`, a directory of an archive. */
export interface TarEntry {
  /** Relative to the root, for example `etc/rc.conf`; at most 100 bytes. */
  path: string;
  mode: number;
  content?: string;
}

const BLOCK = 512;
/** A disk of whole sectors that leaves no doubt about its end. */
const DISK_BYTES = 1024 * 1024;

/** A ustar archive, owner 0:0, padded to at least 1 MiB: a machine reads it as a disk. */
export function tarDisk(entries: readonly TarEntry[], modified: Date): Buffer {
  const blocks = entries.flatMap((entry) => [
    header(entry, modified),
    padded(Buffer.from(entry.content ?? '')),
  ]);
  const archive = Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
  return Buffer.concat([archive, Buffer.alloc(Math.max(0, DISK_BYTES - archive.length))]);
}

function padded(content: Buffer): Buffer {
  return Buffer.concat([content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)]);
}

function header({ path, mode, content }: TarEntry, modified: Date): Buffer {
  const directory = path.endsWith('/');
  if (Buffer.byteLength(path) > 100) throw new RangeError(`too long for the archive: ${path}`);
  const block = Buffer.alloc(BLOCK);
  const number = (value: number, offset: number, length: number) =>
    block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, offset, 'latin1');
  block.write(path, 0);
  number(mode, 100, 8);
  number(0, 108, 8);
  number(0, 116, 8);
  number(directory ? 0 : Buffer.byteLength(content ?? ''), 124, 12);
  number(Math.floor(modified.getTime() / 1000), 136, 12);
  block.write(directory ? '5' : '0', 156);
  block.write('ustar\0' + '00', 257, 'latin1');
  block.write('root', 265);
  block.write('wheel', 297);
  // The checksum is taken with its own field full of spaces.
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}
