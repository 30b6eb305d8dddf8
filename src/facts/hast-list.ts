import type { HastResourceFacts } from './types.js';

type Role = HastResourceFacts['role'];

/**
 * `hastctl list`, and `hastctl status` of 8.1–9.1, which prints the same long form. Keys are taken whole and by
 * their indent: `keepdirty` is not `dirty`.
 */
export function parseHastList(text: string): HastResourceFacts[] {
  const resources: HastResourceFacts[] = [];
  let name: string | undefined;
  let keys = new Map<string, string>();
  const finish = (): void => {
    if (name !== undefined) resources.push(resourceOf(name, keys));
  };
  for (const line of text.split('\n')) {
    const head = /^(\S+):$/.exec(line);
    if (head) {
      finish();
      name = head[1];
      keys = new Map();
      continue;
    }
    const pair = /^( {2}| {4})(\S[^:]*): ?(.*)$/.exec(line);
    if (pair) keys.set(pair[1]!.length === 2 ? pair[2]! : `statistics.${pair[2]}`, pair[3]!.trim());
  }
  finish();
  return resources;
}

function resourceOf(name: string, keys: ReadonlyMap<string, string>): HastResourceFacts {
  const error = keys.get('error');
  const source = keys.get('sourceaddr');
  const status = statusOf(keys.get('status'));
  const pid = keys.get('workerpid');
  const queues = keys.get('statistics.queues');
  return {
    name,
    ...(error === undefined ? {} : { error: leadingNumber(error) }),
    role: roleOf(keys.get('role')),
    localPath: keys.get('localpath') ?? '',
    remoteAddress: keys.get('remoteaddr') ?? '',
    ...(source === undefined ? {} : { sourceAddress: source }),
    replication: keys.get('replication') ?? '',
    ...(status === undefined ? {} : { status }),
    ...(pid === undefined ? {} : { workerPid: leadingNumber(pid) }),
    extentSize: leadingNumber(keys.get('extentsize')),
    dirty: leadingNumber(keys.get('dirty')),
    localErrors: errorsOf(keys.get('statistics.local errors') ?? ''),
    ...(queues === undefined ? {} : { queues: queuesOf(queues) }),
  };
}

/** The number behind `KIND:` in a line such as `read: 0, write: 0`. */
function count(text: string, kind: string): number {
  return Number(new RegExp(`\\b${kind}: (\\d+)`).exec(text)?.[1] ?? 0);
}

/** `read: 0, write: 0, delete: 0, flush: 0`. */
function errorsOf(text: string): HastResourceFacts['localErrors'] {
  const [read, write, remove, flush] = ['read', 'write', 'delete', 'flush'].map((kind) => count(text, kind));
  return { read: read!, write: write!, delete: remove!, flush: flush! };
}

/** `local: 92, send: 0, recv: 0, done: 0, idle: 164`. */
function queuesOf(text: string): NonNullable<HastResourceFacts['queues']> {
  return { local: count(text, 'local'), send: count(text, 'send'), recv: count(text, 'recv') };
}

/** One line of `hastctl status` (9.2 and later). */
export interface HastStatusRow {
  name: string;
  /** EHAST code of `NAME ERR<n>`; the other fields are then missing. */
  error?: number;
  /** undefined for `-`: no worker. */
  status?: 'complete' | 'degraded';
  role?: Role;
  localPath?: string;
  remoteAddress?: string;
}

/** The short table of `hastctl status`: five fields a line, or two for an error. Other lines are no rows. */
export function parseHastStatus(text: string): HastStatusRow[] {
  const row = /^(\S+)\s+(complete|degraded|-)\s+(init|primary|secondary)\s+(\S+)\s+(\S+)\s*$/;
  return text.split('\n').flatMap((line): HastStatusRow[] => {
    const error = /^(\S+)\s+ERR(\d+)\s*$/.exec(line);
    if (error) return [{ name: error[1]!, error: Number(error[2]) }];
    const [, name, state, role, localPath, remoteAddress] = row.exec(line) ?? [];
    if (!name || !localPath || !remoteAddress) return [];
    const status = statusOf(state);
    return [
      { name, role: roleOf(role), localPath, remoteAddress, ...(status === undefined ? {} : { status }) },
    ];
  });
}

/** A resource in error has no role; init is what it can do: nothing. */
function roleOf(word: string | undefined): Role {
  return word === 'primary' || word === 'secondary' ? word : 'init';
}

function statusOf(word: string | undefined): 'complete' | 'degraded' | undefined {
  return word === 'complete' || word === 'degraded' ? word : undefined;
}

/** `79691776 (76MB)`, `79691776`, `79691776 bytes` (8.2). */
function leadingNumber(text: string | undefined): number {
  return Number(/^\d+/.exec(text ?? '')?.[0] ?? 0);
}
