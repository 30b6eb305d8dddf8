import { Writable } from 'node:stream';
import type { Io } from '../io.js';

/** The same terminal for people whose terminal cannot redraw: questions in plain lines, progress line by line. */
export function plainIo(io: Io): Io {
  return { ...io, plain: true, stdout: passing(io.stdout), stderr: passing(io.stderr) };
}

/** A stream that is no terminal, so that nobody draws on it. */
function passing(stream: Writable): Writable {
  return new Writable({
    decodeStrings: false,
    write: (chunk: string | Buffer, _, done) => {
      stream.write(chunk);
      done();
    },
  });
}
