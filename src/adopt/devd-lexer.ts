/** A token of devd.conf(5); lines count from 1, as devd's messages do. */
export interface DevdToken {
  kind: 'word' | 'number' | 'string' | 'mark' | 'end' | 'bad';
  text: string;
  line: number;
}

/** A comment that starts with `#` or `//` needs the line feed after it, as sbin/devd/token.l is written. */
const SPACE = /^(?:[ \t\r\f\v]+|\n|(?:#|\/\/)[^\n]*(?=\n)|\/\*[\s\S]*?\*\/)/;
/** Strings have no escapes and cannot be empty. */
const TOKEN = /^(?:"([^"]+)"|([A-Za-z][A-Za-z0-9_-]*)|(\d+)|([{};]))/;

export function lexDevdConf(text: string): DevdToken[] {
  const tokens: DevdToken[] = [];
  let line = 1;
  let rest = text;
  while (rest !== '') {
    const space = SPACE.exec(rest)?.[0];
    const match = space === undefined ? TOKEN.exec(rest) : undefined;
    const piece = space ?? match?.[0] ?? rest[0]!;
    line += piece.split('\n').length - 1;
    if (space === undefined) tokens.push({ ...classify(match, piece), line });
    rest = rest.slice(piece.length);
  }
  tokens.push({ kind: 'end', text: '', line });
  return tokens;
}

function classify(match: RegExpExecArray | null | undefined, piece: string): Omit<DevdToken, 'line'> {
  if (!match) return { kind: 'bad', text: piece };
  const [, string, word, number] = match;
  // Backslash and line feed continue a string; white space that follows is dropped.
  if (string !== undefined) return { kind: 'string', text: string.replace(/\\\n\s*/g, '') };
  if (word !== undefined) return { kind: 'word', text: word };
  return number === undefined ? { kind: 'mark', text: piece } : { kind: 'number', text: number };
}
