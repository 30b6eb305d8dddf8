import { ExitCode } from '../errors.js';
import { gather } from '../facts/gather.js';
import { type CommandContext, printResult } from '../io.js';
import { connect } from '../remote/connect.js';
import { statusMetrics } from '../report/metrics.js';
import { clusterStatus } from '../report/status.js';
import { statusText } from '../report/status-text.js';
import type { ClusterStatus, NodeReading, StatusExtras } from '../report/status-types.js';
import type { ClusterSpec } from '../spec/types.js';
import { visible } from '../terminal/visible.js';
import { loadCluster } from './cluster.js';
import { ClusterReader, type ReaderDeps } from './cluster-reader.js';
import { type LastSeen, lastSeenFile, noteSeen } from './last-seen.js';
import { type ConnectionFlags, connectOptions, specPathOf } from './session.js';
import { watch } from './status-watch.js';

export interface StatusOptions extends ConnectionFlags {
  /** Repeat until Ctrl-C. */
  watch: boolean;
  /** Seconds between two samples of `--watch`; default 2. */
  interval?: number;
  /** Print it in the text format of Prometheus. */
  metrics?: boolean;
}

export interface StatusDeps extends ReaderDeps {
  loadSpec: (path: string) => Promise<ClusterSpec>;
  lastSeen: (cluster: string) => LastSeen;
}

/**
 * `hastconf status`: 0 healthy · 3 anything else that the nodes say, a split-brain too · 4 a node cannot be reached (the
 * other is reported all the same) · 130 when `--watch` or the reading is interrupted.
 */
export async function run(
  context: CommandContext,
  options: StatusOptions,
  deps?: StatusDeps,
): Promise<ExitCode> {
  const { io, global } = context;
  const path = specPathOf(context);
  const use = deps ?? (await realDeps(context, options, path));
  const spec = await use.loadSpec(path);
  const reader = new ClusterReader(spec, use);
  const seen = use.lastSeen(spec.name);
  try {
    if (options.watch)
      return await watch(context, { spec, reader, seen, everyMs: (options.interval ?? 2) * 1000 });
    const readings = await reader.read();
    if (io.signal.aborted) return ExitCode.Interrupted;
    const status = await complete(context, spec, readings, reader, seen);
    if (options.metrics) io.stdout.write(visible(statusMetrics(status)));
    else printResult(io, global.json ? JSON.stringify(status, null, 2) : text(context, status));
    return exitOf(status, readings);
  } finally {
    await reader.close();
  }
}

/** The status with what takes a second sample, and with what this machine remembers. */
async function complete(
  { io }: CommandContext,
  spec: ClusterSpec,
  readings: readonly NodeReading[],
  reader: ClusterReader,
  seen: LastSeen,
): Promise<ClusterStatus> {
  const extras: StatusExtras = { lastSeen: await noteSeen(io.now(), readings, seen) };
  const first = clusterStatus(spec, readings, io.now(), extras);
  const copying = first.resources.find((one) => one.status === 'complete' && (one.dirty ?? 0) > 0)?.primary;
  if (!copying) return first;
  return clusterStatus(spec, readings, io.now(), { ...extras, rates: await reader.rates(copying) });
}

async function realDeps(context: CommandContext, flags: ConnectionFlags, path: string): Promise<StatusDeps> {
  const how = await connectOptions(context, flags, path);
  return {
    loadSpec: () => loadCluster(context),
    lastSeen: (cluster) => lastSeenFile(context.io, cluster),
    connect: (node) => connect(node, how),
    gather: (target, request) => gather(target, request, { signal: context.io.signal }),
  };
}

function text({ io, global }: CommandContext, status: ClusterStatus): string {
  return statusText(status, { color: global.color, width: Math.min(io.stdout.columns ?? 80, 100) });
}

/** A node that cannot be reached comes first: what it would say is not known. */
function exitOf(status: ClusterStatus, readings: readonly NodeReading[]): ExitCode {
  const errors = readings.flatMap((reading) => ('error' in reading ? [reading.error.exit] : []));
  if (errors.includes(ExitCode.Unreachable)) return ExitCode.Unreachable;
  if (errors[0] !== undefined) return errors[0];
  return status.verdict === 'healthy' ? ExitCode.Done : ExitCode.Preflight;
}
