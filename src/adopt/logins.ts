import { resolve } from 'node:path';
import { ExitCode, HastconfError } from '../errors.js';
import { expandHome } from '../local-user.js';
import type { Become, ClusterSpec, NodeSpec } from '../spec/types.js';
import { parseLogin } from '../wizard/login.js';
import type { AdoptConnection } from './types.js';

type Login = NodeSpec['ssh'];

/** How the nodes are reached, as given on the command line. */
export interface LoginFlags {
  /** `[USER@]HOST[:PORT]`, or `local`; none, or both nodes. */
  node: readonly string[];
  /** More of the same. */
  ssh?: readonly string[];
  /** Private key file for both. */
  identity?: string;
  become?: Become;
}

/** Where the command line's own paths start from. */
export interface LoginPaths {
  cwd: string;
  home: string | undefined;
}

/** The two logins of the options, key files with their whole path: the cluster file may lie elsewhere. Exit 2 when they are not two, or not to be understood. */
export function loginsOf(
  { node, ssh = [], identity, become }: LoginFlags,
  paths: LoginPaths,
): readonly [Login, Login] {
  const logins = [...node, ...ssh].map((text): Login => {
    const login = parseLogin(text);
    if (typeof login === 'string') throw usage(`--node ${text}: ${login}`);
    if ('local' in login) return login;
    const key = login.identity ?? identity;
    return {
      ...login,
      ...(key === undefined ? {} : { identity: absolute(key, paths) }),
      ...(become === undefined ? {} : { become }),
    };
  });
  const [first, second] = logins;
  if (!first || !second || logins.length > 2) {
    throw usage(
      `adopt needs two nodes, and ${logins.length === 0 ? 'none is named' : `${logins.length} are`}`,
    );
  }
  return [first, second];
}

/** What the nodes cannot say, from a cluster file that knows them already. */
export function connectionFrom({ nodes, name, carp, services }: ClusterSpec): AdoptConnection {
  const chap = services.flatMap((service) =>
    service.type === 'iscsi' && service.chapFile !== undefined
      ? [[service.target, service.chapFile] as const]
      : [],
  );
  return {
    ssh: [nodes[0].ssh, nodes[1].ssh],
    name,
    ...(carp.passwordFile === undefined ? {} : { passwordFile: carp.passwordFile }),
    chapFiles: Object.fromEntries(chap),
  };
}

/** What messages call a node before it has told its name. */
export function labelOf(login: Login, other: Login): string {
  if ('local' in login) return 'local';
  const sameHost = !('local' in other) && other.host === login.host;
  return sameHost && login.port !== undefined ? `${login.host}:${login.port}` : login.host;
}

function absolute(path: string, { cwd, home }: LoginPaths): string {
  return path.startsWith('~/') ? expandHome(path, home) : resolve(cwd, path);
}

function usage(message: string): HastconfError {
  return new HastconfError(ExitCode.Usage, message, {
    remedy:
      'name both: hastconf adopt --node root@192.0.2.11 --node root@192.0.2.12 (or local for this machine)',
  });
}
