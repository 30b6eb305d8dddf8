/**
 * Whether the terminal can be expected to show more than ASCII: unless the locale names another character set. A locale
 * that is not set at all, as in many ssh sessions, says nothing about the terminal.
 */
export function speaksUnicode(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = [env.LC_ALL, env.LC_CTYPE, env.LANG].find((value) => value !== undefined && value !== '');
  return locale === undefined || /utf-?8/i.test(locale);
}
