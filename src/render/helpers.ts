import { HAST_WORD } from '../spec/words.js';

/** A value that a target's grammar cannot carry. The specification should have refused it: a mistake of hastconf. */
export class UnrenderableError extends Error {
  constructor(grammar: string, value: unknown) {
    super(`${grammar} cannot carry ${JSON.stringify(value)}`);
    this.name = 'UnrenderableError';
  }
}

/**
 * The only ways in which a value gets into a generated file: each of them quotes for one grammar,
 * or refuses what that grammar has no quoting for.
 */
export const helpers = { word, rc, sh, devd, ctl, line } as const;

/** A bare word of hast.conf, /etc/hosts or a variable's name; there is no quoting for anything else. */
export function word(value: unknown): string {
  const text = scalar('a bare word', value);
  if (!HAST_WORD.test(text)) throw new UnrenderableError('a bare word', value);
  return text;
}

/**
 * A value of rc.conf or loader.conf, with its double quotes. sysrc and loader escape nothing, and rc's
 * network scripts evaluate some values again: what sh would expand is refused, not escaped.
 */
export function rc(value: unknown): string {
  const text = scalar('rc.conf', value);
  if (!/^[A-Za-z0-9 _./:,=@%+-]*$/.test(text)) throw new UnrenderableError('rc.conf', value);
  return `"${text}"`;
}

/** One word of sh, in single quotes. */
export function sh(value: unknown): string {
  const text = scalar('sh', value);
  if (/[\0\r\n]/.test(text)) throw new UnrenderableError('sh', value);
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Literal text inside a devd string that is a regular expression: devd has no escapes for quotes. */
export function devd(value: unknown): string {
  const text = scalar('devd.conf', value);
  if (!/^[A-Za-z0-9_.@-]+$/.test(text)) throw new UnrenderableError('devd.conf', value);
  return text.replaceAll('.', '\\.');
}

/** A string of ctl.conf, with its double quotes: its lexer takes everything up to the next one, and has no escapes. */
export function ctl(value: unknown): string {
  const text = scalar('ctl.conf', value);
  if (!/^[!#-[\]-~]+( [!#-[\]-~]+)*$/.test(text)) throw new UnrenderableError('ctl.conf', value);
  return `"${text}"`;
}

/** The rest of a line of exports(5) or smb4.conf, which end with the line and continue one after a backslash. */
export function line(value: unknown): string {
  const text = scalar('one line', value);
  if (!/^[\x20-\x7e]+$/.test(text) || text.includes('#') || text.endsWith('\\'))
    throw new UnrenderableError('one line', value);
  return text;
}

/** Handlebars hands a helper `undefined` for a name that the view model does not have. */
function scalar(grammar: string, value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  throw new UnrenderableError(grammar, value);
}
