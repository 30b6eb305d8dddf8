import { decodeBytes } from './bytes.js';

/** What a stub says of the program it stands for. */
export interface StubRequest {
  pid: number;
  parentPid: number;
  /** Path by which it was run. */
  program: string;
  cwd: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
}

const FIXED_FIELDS = 5;

/**
 * Reads a stub's request: NUL-ended pid, parent's pid, program, cwd, argument count, arguments and the
 * output of `export -p`. undefined while the last byte has not come.
 */
export function parseRequest(bytes: Buffer): StubRequest | undefined {
  if (bytes.length === 0 || bytes[bytes.length - 1] !== 0) return undefined;
  const fields = splitNul(bytes);
  if (fields.length < FIXED_FIELDS) return undefined;
  const [pid, parentPid, program, cwd, count] = fields.slice(0, FIXED_FIELDS).map(decodeBytes) as [
    string,
    string,
    string,
    string,
    string,
  ];
  const argc = Number(count);
  const environment = fields[FIXED_FIELDS + argc];
  if (environment === undefined) return undefined;
  const args = fields.slice(FIXED_FIELDS, FIXED_FIELDS + argc).map(decodeBytes);
  return {
    pid: Number(pid),
    parentPid: Number(parentPid),
    program,
    cwd,
    args,
    env: parseExports(decodeBytes(environment)),
  };
}

function splitNul(bytes: Buffer): Buffer[] {
  const fields: Buffer[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(0, start);
    fields.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return fields;
}

/** One quoted or plain piece of a shell word, as dash, ash and bash print them in `export -p`. */
const PIECE = /'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|([^\s'"\\]+)/y;
const EXPORT = /(?:export|declare -x) ([A-Za-z_][A-Za-z0-9_]*)(=)?/y;

/** Environment from the output of `export -p`. A name without a value is not exported yet: left out. */
export function parseExports(text: string): Record<string, string> {
  const env: Record<string, string> = {};
  let at = 0;
  for (;;) {
    EXPORT.lastIndex = at;
    const found = EXPORT.exec(text);
    if (!found) break;
    const [value, end] = readWord(text, EXPORT.lastIndex);
    if (found[2]) env[found[1] as string] = value;
    const newline = text.indexOf('\n', end);
    if (newline === -1) break;
    at = newline + 1;
  }
  return env;
}

function readWord(text: string, start: number): [string, number] {
  let word = '';
  let at = start;
  for (;;) {
    PIECE.lastIndex = at;
    const piece = PIECE.exec(text);
    if (!piece) return [word, at];
    const [, single, double, escaped, plain] = piece;
    word += single ?? double?.replace(/\\([$`"\\\n])/g, '$1') ?? escaped ?? plain ?? '';
    at = PIECE.lastIndex;
  }
}
