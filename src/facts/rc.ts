import { record } from './record.js';
/**
 * Variables of rc.conf and friends. `sysrc -a` exists from 9.2; before it the two files are read as text. The
 * defaults of /etc/defaults/rc.conf are in neither.
 */
export function rcCommand(): string {
  return `rc_files() {
  for file in /etc/rc.conf /etc/rc.conf.local; do
    if [ -f "$file" ]; then cat "$file" && echo; fi
  done
}
if command -v sysrc >/dev/null 2>&1; then frame rc.sysrc sysrc -a; else frame rc.files rc_files; fi
`;
}

/** `sysrc -a`: \`name: value\`; a value with newlines goes on in the next lines. */
export function parseSysrc(text: string): Record<string, string> {
  const variables = record<string>();
  let current: string | undefined;
  for (const line of text.replace(/\n$/, '').split('\n')) {
    const pair = /^([A-Za-z_][A-Za-z0-9_]*): ?(.*)$/.exec(line);
    if (pair) {
      current = pair[1]!;
      variables[current] = pair[2]!;
    } else if (current !== undefined) {
      variables[current] += `\n${line}`;
    }
  }
  return variables;
}

/**
 * Assignments of a shell file, the last one of a name wins. Quotes are taken off; variables inside values are
 * left as they are written, as is what stands in if-blocks and loops: a reading, not an execution.
 */
export function parseRcConf(text: string): Record<string, string> {
  const variables = record<string>();
  let rest = text;
  while (rest !== '') {
    const start = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)=/.exec(rest);
    if (start) {
      const { value, length } = readWord(rest.slice(start[0].length));
      variables[start[1]!] = value;
      rest = rest.slice(start[0].length + length);
      const more = /^[ \t;]+/.exec(rest);
      if (more) {
        rest = rest.slice(more[0].length);
        continue;
      }
    }
    const end = rest.indexOf('\n');
    rest = end < 0 ? '' : rest.slice(end + 1);
  }
  return variables;
}

/** One shell word at the front of `text`: quoted and bare pieces joined, until a blank, `;` or the line's end. */
function readWord(text: string): { value: string; length: number } {
  let value = '';
  let at = 0;
  let quote = '';
  while (at < text.length) {
    const char = text[at]!;
    if (quote === '' && /[\s;]/.test(char)) break;
    const escaped = char === '\\' && quote !== "'" ? text[at + 1] : undefined;
    if (escaped !== undefined && (quote === '' || '"$`\\\n'.includes(escaped))) {
      if (escaped !== '\n') value += escaped;
      at += 2;
      continue;
    }
    if (char === quote) quote = '';
    else if (quote === '' && (char === '"' || char === "'")) quote = char;
    else value += char;
    at += 1;
  }
  return { value, length: at };
}

/** rc.subr's checkyesno. */
export function isYes(value: string | undefined): boolean {
  return value !== undefined && /^(?:yes|true|on|1)$/i.test(value);
}
