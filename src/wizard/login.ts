import type { SshSpec } from '../spec/types.js';
import type { Login } from './types.js';

/** The word for the machine that hastconf itself runs on. */
export const THIS_MACHINE = 'local';

/**
 * A login as ssh takes it: `[user@]host`, `-p PORT`, `-i FILE`, `-l USER`, `ssh://user@host:port`, or `local`.
 * Answers text saying what is wrong for everything else.
 */
export function parseLogin(line: string): Login | string {
  const words = line
    .trim()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words[0] === 'ssh') words.shift();
  if (words.length === 1 && words[0] === THIS_MACHINE) return { local: true };
  const options: Partial<Record<'port' | 'identity' | 'user', string>> = {};
  const hosts: string[] = [];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const option = /^-([pil])(.*)$/.exec(word);
    if (!option) {
      if (word.startsWith('-'))
        return `${word} is not understood here: only -p PORT, -i FILE and -l USER are`;
      hosts.push(word);
      continue;
    }
    const value = option[2] === '' ? words.shift() : option[2];
    if (value === undefined) return `${word} needs a value`;
    options[({ p: 'port', i: 'identity', l: 'user' } as const)[option[1] as 'p' | 'i' | 'l']] = value;
  }
  if (hosts.length !== 1) return 'name one machine, such as root@192.0.2.11';
  return sshSpec(hosts[0]!, options);
}

function sshSpec(
  place: string,
  options: Partial<Record<'port' | 'identity' | 'user', string>>,
): Login | string {
  const match = /^(?:ssh:\/\/)?(?:([^@]*)@)?(\[[^\]]+\]|[^@]+?)(?::(\d+))?\/?$/.exec(place);
  if (!match) return 'name one machine, such as root@192.0.2.11';
  // A bare IPv6 address has colons of its own.
  const bare = /^(?:[^@]*@)?([0-9a-fA-F]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)$/.exec(place);
  const host = bare?.[1] ?? match[2]!.replace(/^\[|\]$/g, '');
  const port = options.port ?? (bare ? undefined : match[3]);
  if (port !== undefined && !/^\d+$/.test(port)) return `${port} is no port number`;
  const user = options.user ?? match[1];
  const spec: SshSpec = { host, become: 'none' };
  if (port !== undefined) spec.port = Number(port);
  if (user !== undefined && user !== '') spec.user = user;
  if (options.identity !== undefined) spec.identity = options.identity;
  return spec;
}

/** A login as somebody would type it; the opposite of {@link parseLogin}. */
export function loginText(login: Login): string {
  if ('local' in login) return THIS_MACHINE;
  const { host, port, user, identity } = login;
  return [
    user === undefined ? host : `${user}@${host}`,
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...(identity === undefined ? [] : ['-i', identity]),
  ].join(' ');
}
