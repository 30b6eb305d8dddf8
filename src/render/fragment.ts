import { BLOCK_BEGIN, BLOCK_END } from '../spec/paths.js';
import type { BlockFile, GeneratedFile } from './types.js';

/** The marked block as it stands in the file, without a final line feed. */
function blockText(file: BlockFile): string {
  return [BLOCK_BEGIN, ...file.lines, BLOCK_END].join('\n');
}

/** What a generated file is by itself: whole, or the part of it that hastconf is responsible for. Ends with LF. */
export function fragmentText(file: GeneratedFile): string {
  switch (file.kind) {
    case 'whole':
      return file.content;
    case 'block':
      return `${blockText(file)}\n`;
    case 'variables':
      return file.variables.map(({ name, value }) => `${name}="${value}"\n`).join('');
  }
}

/** Permission bits of the rendered copy: a file with secrets is for its owner alone. */
export function fragmentMode(file: GeneratedFile): number {
  if (file.secrets.length > 0) return 0o600;
  return file.kind === 'whole' ? file.attributes.mode : 0o644;
}
