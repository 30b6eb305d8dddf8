/**
 * Root's login shell on FreeBSD 13.2 is csh, and sshd hands it the command line. Plain words run; what
 * only sh understands fails or misbehaves as measured (transcript 10); the rest of csh is not modelled.
 */
export interface CshCommand {
  /** Script for /bin/sh with the same effect. */
  script: string;
}

class NotModelled extends Error {}

/** csh's own commands that no program stands for. */
const BUILTINS = new Set(
  'alias bg bindkey case chdir default dirs eval fg foreach glob goto hashstat history if jobs limit logout onintr popd pushd repeat set setenv shift source switch time umask unalias unlimit unset unsetenv while'.split(
    ' ',
  ),
);
const OPERATORS = ['&&', '||', '>>&', '>&', '>>', ';', '|', '<', '>'];

type Token = { word: string } | { operator: string };

/** What csh makes of a command line, as text for sh. It never throws: errors are part of the script. */
export function csh(line: string, env: Readonly<Record<string, string>> = {}): CshCommand {
  const event = /(?:^|[^\\])!([^\s=(]+)/.exec(line);
  if (event) return failed(`${event[1]}: Event not found.`, 1);
  if (/(?:^|[^\\])\n/.test(line)) return failed('lab: not modelled: csh: several lines', 127);
  try {
    return { script: translate(tokens(line, env)) };
  } catch (error) {
    if (!(error instanceof NotModelled)) throw error;
    return failed(`lab: not modelled: csh: ${error.message}`, 127);
  }
}

function failed(message: string, code: number): CshCommand {
  return { script: `echo ${quote(message)} >&2; exit ${code}` };
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** Splits as csh does; `error` as an operator stands for what csh finds out only when it gets there. */
function tokens(line: string, env: Readonly<Record<string, string>>): Token[] {
  const found: Token[] = [];
  let at = 0;
  let word: string | undefined;
  const end = () => {
    if (word !== undefined) found.push({ word });
    word = undefined;
  };
  while (at < line.length) {
    const rest = line.slice(at);
    const operator = OPERATORS.find((candidate) => rest.startsWith(candidate));
    const piece = /^(?:'([^']*)'|"([^"]*)"|\\([\s\S])|([^\s'"\\;&|<>()`$*?[\]{}~]+))/.exec(rest);
    if (/^\s/.test(rest)) {
      end();
      at++;
    } else if (operator) {
      end();
      found.push({ operator });
      at += operator.length;
    } else if (rest.startsWith('$') || piece?.[2]?.includes('$')) {
      const [text, length] = variables(
        piece?.[2] ?? /^\$[A-Za-z_0-9]*/.exec(rest)?.[0] ?? '',
        env,
        piece?.[0],
      );
      if (text.startsWith('\0')) {
        end();
        found.push({ operator: text });
        return found;
      }
      word = (word ?? '') + text;
      at += length;
    } else if (piece && !piece[2]?.includes('`')) {
      word = (word ?? '') + (piece[1] ?? piece[2] ?? piece[3] ?? piece[4] ?? '');
      at += piece[0].length;
    } else throw new NotModelled(`\`${rest.slice(0, 20)}\``);
  }
  end();
  return found;
}

/** Replaces `$name`; an error message after NUL when csh has none. */
function variables(
  text: string,
  env: Readonly<Record<string, string>>,
  whole: string | undefined,
): [string, number] {
  const length = (whole ?? text).length;
  if (/\$(?![A-Za-z_])/.test(text)) return ['\0Illegal variable name.', length];
  const missing = [...text.matchAll(/\$([A-Za-z_]\w*)/g)].find(
    (match) => env[match[1] as string] === undefined,
  );
  if (missing) return [`\0${missing[1]}: Undefined variable.`, length];
  return [text.replace(/\$([A-Za-z_]\w*)/g, (_match, name: string) => env[name] as string), length];
}

/** sh's own words are no commands for csh. */
const RUN = `lab_csh() {
  case $1 in
    for | do | done | if | then | else | elif | fi | case | esac | while | until | in | local | export | readonly | set | trap | . | unset)
      echo "$1: Command not found." >&2; return 1 ;;
  esac
  command -v -- "$1" >/dev/null 2>&1 || { echo "$1: Command not found." >&2; return 1; }
  "$@"
}
`;

function translate(list: readonly Token[]): string {
  let script = '';
  let words: string[] = [];
  let redirect: string | undefined;
  let suffix = '';
  let failure: string | undefined;
  const flush = (separator: string) => {
    if (words.length > 0) script += `${command(words)}${suffix}${separator}`;
    words = [];
    suffix = '';
  };
  for (const token of list) {
    if ('word' in token) {
      if (redirect === undefined) words.push(token.word);
      else suffix += redirection(redirect, token.word);
      redirect = undefined;
    } else if (token.operator.startsWith('\0')) {
      failure = token.operator.slice(1);
      words = []; // the command with the error does not run, those before it have run
      suffix = '';
    } else if (/[<>]/.test(token.operator)) redirect = token.operator;
    else flush(token.operator === ';' ? '\n' : ` ${token.operator} `);
  }
  if (redirect !== undefined) return `${failed('Missing name for redirect.', 1).script}\n`;
  flush('\n');
  if (failure !== undefined) script += failed(failure, 1).script;
  return script.includes('lab_csh') ? RUN + script : script;
}

function redirection(operator: string, file: string): string {
  const both = operator.endsWith('&');
  return ` ${both ? operator.slice(0, -1) : operator}${quote(file)}${both ? ' 2>&1' : ''}`;
}

function command(words: readonly string[]): string {
  const [name = '', ...args] = words;
  const quoted = args.map(quote).join(' ');
  if (name === 'exec') return `exec ${quoted}`;
  if (['cd', 'exit', 'echo', 'kill', 'wait', ':'].includes(name)) return `${name} ${quoted}`;
  if (BUILTINS.has(name)) throw new NotModelled(`the built-in ${name}`);
  return `lab_csh ${quote(name)} ${quoted}`;
}
