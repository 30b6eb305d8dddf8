import type { Readable, Writable } from 'node:stream';

/** What passes between `hastconf lab …` and the lab's process; payloads are bytes. */
export const Frame = {
  /** JSON of a request; the first frame. */
  Request: 1,
  Stdin: 2,
  StdinEnd: 3,
  Stdout: 4,
  Stderr: 5,
  /** JSON of the answer; the last frame. */
  Answer: 6,
} as const;
export type FrameKind = (typeof Frame)[keyof typeof Frame];

const HEADER = 5;

/** One frame: kind, length, payload. */
export function frame(kind: FrameKind, payload: Uint8Array | string): Buffer {
  const body = typeof payload === 'string' ? Buffer.from(payload) : payload;
  const header = Buffer.alloc(HEADER);
  header.writeUInt8(kind, 0);
  header.writeUInt32BE(body.length, 1);
  return Buffer.concat([header, body]);
}

/** Calls back with each frame of a stream, in order. */
export function onFrames(stream: Readable, each: (kind: number, payload: Buffer) => void): void {
  let kept: Buffer = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    kept = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
    while (kept.length >= HEADER) {
      const end = HEADER + kept.readUInt32BE(1);
      if (kept.length < end) break;
      const payload = kept.subarray(HEADER, end);
      const kind = kept.readUInt8(0);
      kept = kept.subarray(end);
      each(kind, payload);
    }
  });
}

/** Passes a stream on as frames, with back-pressure; `end` runs at its end. */
export function pump(from: Readable, to: Writable, kind: FrameKind, end: () => void = () => undefined): void {
  from.on('data', (chunk: Buffer) => {
    if (to.write(frame(kind, chunk))) return;
    from.pause();
    to.once('drain', () => from.resume());
  });
  from.once('end', end);
}
