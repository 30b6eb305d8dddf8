/** `a,b\,c` -> `a` and `b,c`: a backslash keeps the comma or backslash behind it. */
export function splitList(text: string): string[] {
  const parts = [''];
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char === '\\' && [',', '\\'].includes(text[at + 1] ?? '')) parts[parts.length - 1] += text[++at]!;
    else if (char === ',') parts.push('');
    else parts[parts.length - 1] += char;
  }
  return parts;
}

/** The opposite of {@link splitList}. */
export function joinList(parts: readonly string[]): string {
  return parts.map((part) => part.replace(/[\\,]/g, '\\$&')).join(',');
}

/** `key:value` -> both; the value is undefined without a colon. */
export function splitOnce(text: string, separator: string): readonly [string, string | undefined] {
  const place = text.indexOf(separator);
  return place === -1 ? [text, undefined] : [text.slice(0, place), text.slice(place + 1)];
}

/** `NAME=REST` with both halves, else undefined. */
export function named(text: string): readonly [string, string] | undefined {
  const [name, rest] = splitOnce(text, '=');
  return name === '' || rest === undefined || rest === '' ? undefined : [name, rest];
}

/** A whole number as YAML would have read it; other text stays, for the rules to complain about. */
export function numberOr(text: string): number | string {
  return /^\d{1,15}$/.test(text) ? Number(text) : text;
}
