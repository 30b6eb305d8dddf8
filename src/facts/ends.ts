import { type Bytes, recognise } from './signatures.js';
import type { ProviderUse } from './types.js';

/** What lies at both ends of a device. */
export interface Ends {
  /** `blank`, `unreadable`, or a checksum: the same bytes give the same mark. */
  mark: string;
  /** What the bytes are known for. */
  known: readonly ProviderUse[];
}

/** Reads the answers of `ends_mark` and `ends_labels`. */
export function parseEnds(mark: string, labels: string, media: number, sector: number): Ends | undefined {
  const word = mark.trim();
  if (word === '') return undefined;
  return { mark: word, known: word === 'blank' ? [] : recognise(parseBytes(labels), media, sector) };
}

/** Lines of `od -A d -t x1` with `*` for lines that repeat, and lines `at OFFSET xx xx …`. */
function parseBytes(text: string): Bytes {
  const bytes = new Map<number, Buffer>();
  let front = Buffer.alloc(0);
  let last = Buffer.alloc(16);
  for (const line of text.split('\n')) {
    const [, at, offset, hex = ''] = /^(at )?(\d+)((?: +[0-9a-f]{2})*) *$/.exec(line) ?? [];
    if (offset === undefined) continue;
    const data = Buffer.from(hex.replaceAll(' ', ''), 'hex');
    if (at !== undefined) {
      bytes.set(Number(offset), data);
      continue;
    }
    const missing = Math.min(Number(offset), FRONT_BYTES) - front.length;
    const repeated = Buffer.alloc(Math.max(0, missing), last);
    front = Buffer.concat([front, repeated, data]);
    if (data.length === 16) last = data;
  }
  bytes.set(0, front);
  return bytes;
}

/** What `ends_labels` reads of the front. */
const FRONT_BYTES = 8192;
