/** A token of devd.conf(5); lines count from 1, as devd's messages do. */
export interface DevdToken {
  kind: 'word' | 'number' | 'string' | 'mark' | 'end';
  text: string;
  line: number;
}

const SPACE = /[ \t]+|\n/y;
/** Strings have no escapes and cannot be empty. */
const TOKEN = /(?:"([^"]+)"|([A-Za-z][A-Za-z0-9_-]*)|(\d+)|([{};]))/y;

export interface DevdWarning {
  /** From 1. */
  line: number;
  message: string;
}

/** Tokens, and the bytes that belong to none: devd prints those and goes on, as every lexer made by flex does. */
export function lexDevdConf(text: string): { tokens: DevdToken[]; warnings: DevdWarning[] } {
  const tokens: DevdToken[] = [];
  const warnings: DevdWarning[] = [];
  const space = spaceIn(text);
  let line = 1;
  for (let at = 0; at < text.length; ) {
    const skipped = space(at);
    TOKEN.lastIndex = at;
    const match = skipped === '' ? TOKEN.exec(text) : null;
    const piece = match?.[0] ?? (skipped || String.fromCodePoint(text.codePointAt(at)!));
    line += piece.split('\n').length - 1;
    if (match) tokens.push({ ...classify(match), line });
    else if (skipped === '') warnings.push({ line, message: `${JSON.stringify(piece)} is dropped` });
    at += piece.length;
  }
  tokens.push({ kind: 'end', text: '', line });
  return { tokens, warnings };
}

/**
 * White space and comments at a place. A comment that starts with `#` or `//` needs the line feed after it, as
 * sbin/devd/token.l is written. What is not there behind one place is not looked for behind a later one.
 */
function spaceIn(text: string): (at: number) => string {
  const last = { feed: text.lastIndexOf('\n'), close: text.lastIndexOf('*/') };
  return (at) => {
    SPACE.lastIndex = at;
    const blank = SPACE.exec(text)?.[0];
    if (blank !== undefined) return blank;
    const two = text.slice(at, at + 2);
    if (two[0] === '#' || two === '//') return last.feed < at ? '' : text.slice(at, text.indexOf('\n', at));
    if (two !== '/*' || last.close < at + 2) return '';
    return text.slice(at, text.indexOf('*/', at + 2) + 2);
  };
}

function classify(match: RegExpExecArray): Omit<DevdToken, 'line'> {
  const [piece, string, word, number] = match;
  // Backslash and line feed continue a string; white space that follows is dropped.
  if (string !== undefined) return { kind: 'string', text: string.replace(/\\\n\s*/g, '') };
  if (word !== undefined) return { kind: 'word', text: word };
  return number === undefined ? { kind: 'mark', text: piece } : { kind: 'number', text: number };
}
