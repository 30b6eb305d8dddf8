import { quoteWord } from './words.js';

/** What every command on a node may rely on, whatever the login class or sudo left behind. */
const PATH = '/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin';

/** Exit code of the root check; stderr then starts with {@link NOT_ROOT}. */
export const NOT_ROOT_CODE = 119;
export const NOT_ROOT = 'hastconf: not root: uid ';

/** First line of stderr with `tellPid`: the shell's process id. */
const PID = 'hastconf: pid ';
/** First line of stdout with `tellPid`. */
const BEGIN = 'hastconf: begin\n';

/**
 * Takes the process id off stderr: what is left, and the id when it had arrived. What comes before it is the login
 * shell's: start-up files that talk.
 */
export function splitPid(stderr: string): { pid: string | undefined; stderr: string } {
  const found = /(?:^|\n)hastconf: pid (\d+)\n/.exec(stderr);
  if (!found) return { pid: undefined, stderr };
  return { pid: found[1], stderr: stderr.slice(found.index + found[0].length) };
}

/** The script's own stdout, without what start-up files of the login shell have said before it; also as it comes. */
export class OwnStdout {
  #before: string | undefined = '';
  readonly #listener: ((text: string) => void) | undefined;

  constructor(listener?: (text: string) => void) {
    this.#listener = listener;
  }

  readonly add = (text: string): void => {
    if (this.#before === undefined) {
      this.#listener?.(text);
      return;
    }
    const from = Math.max(0, this.#before.length - BEGIN.length);
    this.#before += text;
    const at = this.#before.indexOf(BEGIN, from);
    if (at < 0) return;
    const own = this.#before.slice(at + BEGIN.length);
    this.#before = undefined;
    if (own !== '') this.#listener?.(own);
  };

  of(stdout: string): string {
    const at = stdout.indexOf(BEGIN);
    return at < 0 ? stdout : stdout.slice(at + BEGIN.length);
  }
}

/**
 * Ends a script and its children from outside. sshd does not do it: it passes signals on only to sessions
 * that are not root's, and a closed channel goes unnoticed until the next write.
 */
export function killScript(pid: string): string {
  return `set -- $(ps -o pgid= -p ${quoteWord(pid)}) && kill -TERM "-$1"\n`;
}

/**
 * Prepares a script for `/bin/sh -s`.
 *
 * sh -s reads its script from stdin as it goes, so a child that reads stdin (ssh, cat, fsck) would eat
 * the rest of the script. Inside a brace group sh must read up to the closing brace before it runs
 * anything, and the group's stdin is /dev/null. The second gain: a script that was cut off on its way
 * (lost connection) has no closing brace, is a syntax error, and runs not one of its commands.
 * The exit code is the last command's, or that of `exit`. The empty line before the brace keeps a
 * trailing backslash or comment from swallowing it.
 */
export function wrapScript(script: string, options: { checkRoot?: boolean; tellPid?: boolean } = {}): string {
  if (script.includes('\0')) throw new TypeError('a script cannot contain a NUL byte');
  const check = options.checkRoot
    ? `uid=$(id -u </dev/null); [ "$uid" = 0 ] || { echo "${NOT_ROOT}$uid" >&2; exit ${NOT_ROOT_CODE}; }; unset uid; `
    : '';
  const tell = options.tellPid ? `echo "${PID}$$" >&2; echo "${BEGIN.trimEnd()}"; ` : '';
  // One line, so that sh's own line numbers are off by one only.
  const prologue = `PATH=${quoteWord(PATH)} LC_ALL=C; export PATH LC_ALL; umask 022; ${tell}${check}{ :`;
  return `${prologue}\n${script}\n\n} </dev/null\n`;
}

/**
 * What goes before sudo, doas and su, which may not be left to the login shell's PATH: `env` finds them in
 * /usr/local/bin and keeps their messages in English. Plain words, the same in csh and sh.
 */
export const LOGIN_ENV = `/usr/bin/env PATH=${PATH} LC_ALL=C`;

/** A few harmless words that say which command it was: never quoted parts, which may be secrets. */
export function labelOf(script: string): string {
  const line = script
    .split('\n')
    .map((text) => text.trim())
    .find((text) => text !== '' && !text.startsWith('#'));
  const words = /^[\w./=:@%+,\- ]*/
    .exec(line ?? '')?.[0]
    .trim()
    .split(/ +/)
    .slice(0, 5)
    .join(' ');
  return words ? words.slice(0, 60) : 'a script';
}
