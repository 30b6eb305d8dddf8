import { HAST_RESERVED } from '../spec/words.js';

/**
 * The lexer of hast.conf (sbin/hastd/token.l), with its habits: no quoting, and every byte that belongs to
 * no token is echoed and dropped, which splits the word around it. Lines count from 0, as hastd's messages do.
 */
export interface HastToken {
  kind: 'word' | 'number' | 'keyword' | '{' | '}' | 'end';
  text: string;
  line: number;
}

export interface HastWarning {
  /** From 0. */
  line: number;
  message: string;
}

// The rule for comments ends in `$`, which needs the LF: on an unterminated last line `#` is a stray byte.
const TOKEN = /([ \t]+|\n)|[{}]|[A-Za-z0-9._/:[\]-]+/y;

export function lexHastConf(text: string): { tokens: HastToken[]; warnings: HastWarning[] } {
  const tokens: HastToken[] = [];
  const warnings: HastWarning[] = [];
  const lastFeed = text.lastIndexOf('\n');
  let line = 0;
  for (let place = 0; place < text.length; ) {
    if (text[place] === '#' && place < lastFeed) {
      place = text.indexOf('\n', place);
      continue;
    }
    TOKEN.lastIndex = place;
    const match = TOKEN.exec(text);
    const piece = match?.[0] ?? String.fromCodePoint(text.codePointAt(place)!);
    place += piece.length;
    if (!match) warnings.push({ line, message: strayMessage(piece) });
    else if (match[1] === undefined) tokens.push({ kind: kindOf(piece), text: piece, line });
    else if (piece === '\n') line++;
  }
  tokens.push({ kind: 'end', text: '', line });
  return { tokens, warnings };
}

function kindOf(text: string): HastToken['kind'] {
  if (text === '{' || text === '}') return text;
  if (/^\d+$/.test(text)) return 'number';
  // `port` was a keyword in FreeBSD 8 only; later releases read it as any other word.
  return HAST_RESERVED.has(text) && text !== 'port' ? 'keyword' : 'word';
}

function strayMessage(stray: string): string {
  return stray === '#'
    ? 'a comment on a last line that has no line feed is read as configuration'
    : `${JSON.stringify(stray)} belongs to no word and is dropped`;
}
