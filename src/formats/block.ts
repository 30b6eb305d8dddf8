import { BLOCK_BEGIN, BLOCK_END } from '../spec/paths.js';

/**
 * Puts `lines` into the marked block of a file that belongs to somebody else, at the block's place or at the
 * end; lines outside it, their order and their comments stay. A file that already says a line outside the
 * block keeps that line, too.
 */
export function setBlock(content: string, lines: readonly string[]): string {
  const block = [BLOCK_BEGIN, ...lines, BLOCK_END];
  const current = content === '' ? [] : content.replace(/\n$/, '').split('\n');
  const begin = current.indexOf(BLOCK_BEGIN);
  const end = current.indexOf(BLOCK_END, begin);
  if (begin !== -1 && end === -1) throw new Error(`"${BLOCK_BEGIN}" without "${BLOCK_END}"`);
  const next = begin === -1 ? [...current, ...block] : current.toSpliced(begin, end - begin + 1, ...block);
  return `${next.join('\n')}\n`;
}

/** The lines inside the marked block; undefined when there is none. */
export function readBlock(content: string): string[] | undefined {
  const lines = content.split('\n');
  const begin = lines.indexOf(BLOCK_BEGIN);
  const end = lines.indexOf(BLOCK_END, begin);
  return begin === -1 || end === -1 ? undefined : lines.slice(begin + 1, end);
}

/** The file without the marked block; as it is where there is none. */
export function removeBlock(content: string): string {
  const lines = content.split('\n');
  const begin = lines.indexOf(BLOCK_BEGIN);
  const end = lines.indexOf(BLOCK_END, begin);
  return begin === -1 || end === -1 ? content : lines.toSpliced(begin, end - begin + 1).join('\n');
}
