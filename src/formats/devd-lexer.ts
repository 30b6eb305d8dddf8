/** A token of devd.conf(5); lines count from 1, as devd's messages do. */
export interface DevdToken {
  kind: 'word' | 'number' | 'string' | 'mark' | 'end';
  text: string;
  line: number;
}

/** A comment that starts with `#` or `//` needs the line feed after it, as sbin/devd/token.l is written. */
const SPACE = /^(?:[ \t]+|\n|(?:#|\/\/)[^\n]*(?=\n)|\/\*[\s\S]*?\*\/)/;
/** Strings have no escapes and cannot be empty. */
const TOKEN = /^(?:"([^"]+)"|([A-Za-z][A-Za-z0-9_-]*)|(\d+)|([{};]))/;

export interface DevdWarning {
  /** From 1. */
  line: number;
  message: string;
}

/** Tokens, and the bytes that belong to none: devd prints those and goes on, as every lexer made by flex does. */
export function lexDevdConf(text: string): { tokens: DevdToken[]; warnings: DevdWarning[] } {
  const tokens: DevdToken[] = [];
  const warnings: DevdWarning[] = [];
  let line = 1;
  let rest = text;
  while (rest !== '') {
    const space = SPACE.exec(rest)?.[0];
    const match = space === undefined ? TOKEN.exec(rest) : null;
    const piece = space ?? match?.[0] ?? String.fromCodePoint(rest.codePointAt(0)!);
    line += piece.split('\n').length - 1;
    if (match) tokens.push({ ...classify(match), line });
    else if (space === undefined) warnings.push({ line, message: `${JSON.stringify(piece)} is dropped` });
    rest = rest.slice(piece.length);
  }
  tokens.push({ kind: 'end', text: '', line });
  return { tokens, warnings };
}

function classify(match: RegExpExecArray): Omit<DevdToken, 'line'> {
  const [piece, string, word, number] = match;
  // Backslash and line feed continue a string; white space that follows is dropped.
  if (string !== undefined) return { kind: 'string', text: string.replace(/\\\n\s*/g, '') };
  if (word !== undefined) return { kind: 'word', text: word };
  return number === undefined ? { kind: 'mark', text: piece } : { kind: 'number', text: number };
}
