import type { HastResourceFacts } from '../../src/facts/types.js';
import type { SyncSample } from '../../src/sync/types.js';

type Role = HastResourceFacts['role'];

/** A resource as hastctl list shows it; no status: no worker. */
export function resource(
  name: string,
  role: Role,
  status?: 'complete' | 'degraded',
  dirty = 0,
): HastResourceFacts {
  return {
    name,
    role,
    localPath: '/dev/vtbd1',
    remoteAddress: 'tcp4://10.77.0.2',
    replication: 'memsync',
    ...(status === undefined ? {} : { status, workerPid: 810 }),
    extentSize: status === undefined ? 0 : 2_097_152,
    dirty,
    localErrors: { read: 0, write: 0, delete: 0, flush: 0 },
  };
}

export interface Look {
  /** Seconds since the test began, on both this machine and the node. */
  at: number;
  resources?: readonly HastResourceFacts[];
  code?: number;
  words?: string;
  /** The node's clock is this much ahead. */
  ahead?: number;
}

/** One look at a node; the node's clock reads 1000 s at the beginning. */
export function sample(node: string, look: Look): SyncSample {
  return {
    node,
    atMs: look.at * 1000,
    epoch: 1000 + Math.floor(look.at) + (look.ahead ?? 0),
    code: look.code ?? 0,
    words: look.words ?? '',
    resources: Object.fromEntries((look.resources ?? []).map((one) => [one.name, one])),
  };
}

/** `hastctl list` of one resource, literally as on 13.2. */
export function listBlock(one: HastResourceFacts): string {
  const worker = one.status === undefined ? [] : [`  status: ${one.status}`, '  workerpid: 810'];
  return [
    `${one.name}:`,
    `  role: ${one.role}`,
    `  provname: ${one.name}`,
    `  localpath: ${one.localPath}`,
    `  extentsize: ${one.extentSize} (2.0MB)`,
    `  keepdirty: ${one.role === 'primary' ? 64 : 0}`,
    `  remoteaddr: ${one.remoteAddress}`,
    `  replication: ${one.replication}`,
    ...worker,
    `  dirty: ${one.dirty} (0B)`,
    '  statistics:',
    '    reads: 0',
    '    local errors: read: 0, write: 0, delete: 0, flush: 0',
    '    queues: local: 0, send: 0, recv: 0, done: 0, idle: 0',
    '',
  ].join('\n');
}
