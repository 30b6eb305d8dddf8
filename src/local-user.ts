import { userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { ExitCode, HastconfError } from './errors.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** The login name of whoever runs this; `uid N` where passwd has no entry (containers). */
export function localUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

/** HOME, else the home directory in passwd, else undefined. An empty or relative HOME is none. */
export function localHome(env: Environment = process.env): string | undefined {
  const given = env.HOME;
  if (given !== undefined && isAbsolute(given)) return given;
  try {
    return userInfo().homedir || undefined;
  } catch {
    return undefined;
  }
}

/** A path that may begin with `~/`. Throws exit 2 where that stands for no directory. */
export function expandHome(path: string, home: string | undefined): string {
  if (!path.startsWith('~/')) return path;
  if (home !== undefined && home !== '') return join(home, path.slice(2));
  throw new HastconfError(
    ExitCode.Usage,
    `${path}: "~" stands for no directory here, ${localUser()} has no home`,
    {
      remedy: 'set HOME, or give the whole path',
    },
  );
}

/**
 * Where hastconf keeps its own state, or undefined where there is no place for it. An empty or relative
 * XDG_STATE_HOME is none (XDG Base Directory Specification).
 */
export function stateHome(env: Environment): string | undefined {
  const given = env.XDG_STATE_HOME;
  if (given !== undefined && isAbsolute(given)) return join(given, 'hastconf');
  const home = localHome(env);
  return home === undefined ? undefined : join(home, '.local', 'state', 'hastconf');
}
