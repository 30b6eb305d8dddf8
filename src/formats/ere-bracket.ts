/** Whether a character, in lower case, is one of these. */
export type Accept = (character: string) => boolean;

/** What regcomp(3) refuses. */
export class EreSyntaxError extends Error {}

const CLASSES: Readonly<Record<string, Accept>> = Object.assign(Object.create(null), {
  alnum: (own: string) => /[a-z0-9]/.test(own),
  alpha: (own: string) => /[a-z]/.test(own),
  blank: (own: string) => /[ \t]/.test(own),
  cntrl: (own: string) => own < ' ' || own === '\x7f',
  digit: (own: string) => /[0-9]/.test(own),
  graph: (own: string) => /[!-~]/.test(own),
  lower: (own: string) => /[a-z]/.test(own),
  print: (own: string) => /[ -~]/.test(own),
  punct: (own: string) => /[!-/:-@[-`{-~]/.test(own),
  space: (own: string) => /\s/.test(own),
  upper: (own: string) => /[a-z]/.test(own),
  xdigit: (own: string) => /[0-9a-f]/.test(own),
});

/**
 * A bracket expression, from behind its `[`: ranges and named classes; `]` first is itself. Collating elements and
 * equivalence classes are refused: no rule of devd's has them. The text is in lower case.
 */
export function readBracket(text: string, from: number): { accept: Accept; end: number } {
  const negated = text[from] === '^';
  const begin = negated ? from + 1 : from;
  const parts: Accept[] = [];
  let at = begin;
  for (; text[at] !== ']' || at === begin; at += 1) {
    const char = text[at];
    if (char === undefined) throw new EreSyntaxError();
    const named = char === '[' ? /^\[:([a-z]{1,20}):\]/.exec(text.slice(at, at + 26)) : null;
    if (named) {
      const known = CLASSES[named[1]!];
      if (!known) throw new EreSyntaxError();
      parts.push(known);
      at += named[0].length - 1;
    } else if (char === '[' && /^[.=]/.test(text[at + 1] ?? '')) throw new EreSyntaxError();
    else if (text[at + 1] === '-' && text[at + 2] !== undefined && text[at + 2] !== ']') {
      const last = text[at + 2]!;
      if (last < char) throw new EreSyntaxError();
      parts.push((own) => own >= char && own <= last);
      at += 2;
    } else parts.push((own) => own === char);
  }
  return { accept: (own) => parts.some((part) => part(own)) !== negated, end: at + 1 };
}
