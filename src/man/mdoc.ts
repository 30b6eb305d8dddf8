/** Text as mdoc(7) takes it: nothing in it is a request, an escape or a byte outside ASCII. One sentence a line. */
export function prose(text: string): string {
  return escaped(text)
    .replace(/([.!?]) +(?=[A-Z])/g, '$1\n')
    .split('\n')
    .map((line) => line.trim().replace(/^(?=[.'])/, '\\&'))
    .join('\n');
}

/** One argument of a macro. */
export function argument(text: string): string {
  const safe = escaped(text);
  // Two letters may be a macro's name, and lone punctuation is set apart.
  const shielded = /^(?:[A-Z%][a-z1-9]|[^A-Za-z0-9\\]+)$/.test(safe) ? `\\&${safe}` : safe;
  return /[\s"]/.test(shielded) || shielded === '' ? `"${shielded.replaceAll('"', '""')}"` : shielded;
}

/** A paragraph set as it stands. */
export function display(lines: readonly string[]): string {
  return [
    '.Bd -literal -offset indent',
    ...lines.map((line) => escaped(line).replace(/^(?=[.'])/, '\\&')),
    '.Ed',
  ].join('\n');
}

/** A list of terms, each line of macros already made, and what they mean. */
export function tagged(items: readonly (readonly [macro: string, text: string])[], width = 'Ds'): string {
  return [`.Bl -tag -width ${width}`, ...items.map(([macro, text]) => `.It ${macro}\n${text}`), '.El'].join(
    '\n',
  );
}

function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replace(/[’‘]/g, "'")
    .replaceAll('…', '...')
    .replace(
      /[^\0-\x7f]/gu,
      (char) => `\\[u${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`,
    );
}
