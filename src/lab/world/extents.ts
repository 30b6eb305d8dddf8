import type { Disk } from './disk.js';
import { EXTENT_SIZE } from './hast-metadata.js';
import { type FsImage, mirror, scan } from './images.js';

export function marks(found: Map<string, { mark: string; size: number }>): Map<string, string> {
  return new Map([...found].map(([path, { mark }]) => [path, mark]));
}

/** Extents that changed since the last look; remembers this look. */
export async function changedExtents(image: FsImage): Promise<number[]> {
  const found = await scan(image.tree);
  const extents = new Set<number>();
  for (const [path, { mark, size }] of found) {
    if (image.seen.get(path) === mark) continue;
    const length = Math.ceil(size / EXTENT_SIZE) + 1;
    let first = image.extents.get(path);
    if (first === undefined) {
      first = image.nextExtent;
      image.nextExtent += length;
      image.extents.set(path, first);
    }
    for (let extent = 0; extent < length; extent++) extents.add(first + extent);
  }
  const gone = [...image.seen.keys()].some((path) => !found.has(path));
  image.seen = marks(found);
  if (extents.size > 0 || gone) for (const extent of [0, 1, 2]) extents.add(extent);
  return [...extents];
}

/** Makes the disk's copy of an image equal to it. */
export async function copyImage(image: FsImage, to: Disk): Promise<void> {
  const old = to.images.get(image.id);
  const tree = old?.tree ?? (await to.machine.fs.newTree(to.name));
  await mirror(image.tree, tree);
  const { tree: _, ...rest } = image;
  const copy: FsImage = { ...rest, tree, torn: false, extents: new Map(image.extents), seen: new Map() };
  copy.seen = marks(await scan(tree));
  if (image.pool !== undefined) copy.pool = structuredClone(image.pool);
  to.images.set(image.id, copy);
}
