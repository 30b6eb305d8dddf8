import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { localHome, localUser } from '../local-user.js';

/** What OpenSSH would use for a host: `ssh -G`, with the caller's own values on top. */
export interface HostSettings {
  /** The name that was asked for. */
  alias: string;
  hostName: string;
  port: number;
  user: string;
  identityFiles: readonly string[];
  /** Only the identity files' keys are offered, also from the agent. */
  identitiesOnly: boolean;
  /** Socket of the agent; undefined: none. */
  agentSocket: string | undefined;
  /** `[user@]host[:port],…`, or undefined. */
  proxyJump: string | undefined;
  proxyCommand: string | undefined;
  userKnownHosts: readonly string[];
  globalKnownHosts: readonly string[];
  /** File of RevokedHostKeys. */
  revokedHostKeys: string | undefined;
  /** Set for a jump host: the host that is reached through it. */
  jumpTo?: string;
  hostKeyAlias: string | undefined;
  strict: 'yes' | 'ask' | 'accept-new';
  hashKnownHosts: boolean;
  connectTimeoutMs: number | undefined;
  family: 4 | 6 | undefined;
}

export interface HostQuestion {
  host: string;
  port?: number | undefined;
  user?: string | undefined;
  identity?: string | undefined;
  /** Login name when neither the caller nor ssh_config has one. */
  defaultUser: string;
  /** Configuration file to use in place of the user's and the system's. */
  configFile?: string | undefined;
}

/**
 * Settings for one host. Without an ssh binary: OpenSSH's own defaults. Throws for a configuration that ssh does not
 * take: what it was to forbid must not be allowed for that.
 */
export async function hostSettings(question: HostQuestion): Promise<HostSettings> {
  const shown = await sshG(question, question.configFile);
  const values = parseSettings(shown ?? '');
  const user = question.user ?? (await userFor(question, values.get('user')?.[0]));
  return toSettings(question, values, user);
}

/** `ssh -G` prints one `keyword value` a line, keywords in lower case; a repeated keyword is a list. */
export function parseSettings(text: string): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const at = line.indexOf(' ');
    if (at < 1) continue;
    const key = line.slice(0, at).toLowerCase();
    const list = values.get(key);
    if (list) list.push(line.slice(at + 1).trim());
    else values.set(key, [line.slice(at + 1).trim()]);
  }
  return values;
}

async function sshG(question: HostQuestion, configFile: string | undefined): Promise<string | undefined> {
  const options = [
    ...(configFile === undefined ? [] : ['-F', configFile]),
    ...(question.port === undefined ? [] : ['-p', String(question.port)]),
    ...(question.user === undefined ? [] : ['-l', question.user]),
  ];
  const result = await execa('ssh', ['-G', ...options, '--', question.host], {
    reject: false,
    stdin: 'ignore',
  });
  if (result.exitCode === 0) return result.stdout;
  if (result.exitCode === undefined && result.code === 'ENOENT') return undefined;
  const words = String(result.stderr).trim().split('\n').at(-1) || result.shortMessage;
  throw new Error(`ssh does not say how to connect: ${words}`);
}

/**
 * `ssh -G` always prints a user, the local one when nothing is configured. To tell "configured" from
 * "default" it is asked again with a configuration whose last, weakest line sets our default.
 */
async function userFor(question: HostQuestion, shown: string | undefined): Promise<string> {
  if (shown === undefined) return question.defaultUser;
  const local = localUser();
  if (shown !== local || question.defaultUser === local) return shown;
  const dir = await mkdtemp(join(tmpdir(), 'hastconf-ssh-'));
  try {
    const files =
      question.configFile === undefined ? ['~/.ssh/config', '/etc/ssh/ssh_config'] : [question.configFile];
    const includes = files.map((file) => `Match all\nInclude "${file}"\n`).join('');
    await writeFile(join(dir, 'config'), `${includes}Match all\nUser ${question.defaultUser}\n`, {
      mode: 0o600,
    });
    const again = await sshG(question, join(dir, 'config'));
    return parseSettings(again ?? '').get('user')?.[0] ?? question.defaultUser;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function toSettings(
  question: HostQuestion,
  values: ReadonlyMap<string, readonly string[]>,
  user: string,
): HostSettings {
  const one = (key: string) => {
    const value = values.get(key)?.[0];
    return value === undefined || value === 'none' ? undefined : value;
  };
  const hostName = one('hostname') ?? question.host;
  const port = question.port ?? Number(one('port') ?? 22);
  const expand = (path: string) => expandPath(path, { hostName, port, user, alias: question.host });
  // ssh -G writes a list in one line and quotes nothing: a space before another beginning of a path parts it.
  const files = (key: string, fallback: readonly string[]) =>
    (values.get(key) ?? fallback)
      .flatMap((list) => list.split(/ (?=[/~%$]|none$)/))
      .filter((file) => file !== 'none' && file !== '');
  const identities = values.get('identityfile') ?? ['~/.ssh/id_ed25519', '~/.ssh/id_ecdsa', '~/.ssh/id_rsa'];
  const seconds = Number(one('connecttimeout'));
  const family = one('addressfamily');
  return {
    alias: question.host,
    hostName,
    port,
    user,
    identityFiles: (question.identity === undefined
      ? identities.filter((file) => file !== 'none')
      : [question.identity]
    ).map(expand),
    identitiesOnly: question.identity !== undefined || one('identitiesonly') === 'yes',
    agentSocket: agentSocket(values.get('identityagent')?.[0], expand),
    proxyJump: one('proxyjump'),
    proxyCommand: one('proxycommand'),
    userKnownHosts: files('userknownhostsfile', ['~/.ssh/known_hosts', '~/.ssh/known_hosts2']).map(expand),
    globalKnownHosts: files('globalknownhostsfile', ['/etc/ssh/ssh_known_hosts']).map(expand),
    revokedHostKeys: one('revokedhostkeys') === undefined ? undefined : expand(one('revokedhostkeys')!),
    hostKeyAlias: one('hostkeyalias'),
    strict: strictness(one('stricthostkeychecking')),
    hashKnownHosts: one('hashknownhosts') === 'yes',
    connectTimeoutMs: Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined,
    family: family === 'inet' ? 4 : family === 'inet6' ? 6 : undefined,
  };
}

/** `no` is read as `ask`: hastconf never connects to a key that nobody vouched for. */
function strictness(value: string | undefined): HostSettings['strict'] {
  if (value === 'yes' || value === 'true') return 'yes';
  return value === 'accept-new' ? 'accept-new' : 'ask';
}

function agentSocket(value: string | undefined, expand: (path: string) => string): string | undefined {
  if (value === undefined || value === 'SSH_AUTH_SOCK') return process.env.SSH_AUTH_SOCK || undefined;
  if (value === 'none') return undefined;
  return value.startsWith('$') ? process.env[value.slice(1)] : expand(value);
}

/** `~/` and the tokens of ssh_config(5) that can stand in file names. */
function expandPath(
  path: string,
  to: { hostName: string; port: number; user: string; alias: string },
): string {
  const tokens: Record<string, string> = {
    '%': '%',
    d: localHome() ?? '',
    h: to.hostName,
    n: to.alias,
    p: String(to.port),
    r: to.user,
    u: localUser(),
  };
  const home = path === '~' || path.startsWith('~/') ? (localHome() ?? '') + path.slice(1) : path;
  return home.replace(/%([%dhnpru])/g, (_all, token: string) => tokens[token] ?? '');
}
