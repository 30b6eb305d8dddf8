import { performance } from 'node:perf_hooks';
import { ExitCode } from '../errors.js';
import { type CommandContext, printResult, say } from '../io.js';
import { connect } from '../remote/connect.js';
import type { Target } from '../remote/target.js';
import { createProgressView, progressMode } from '../report/progress-view.js';
import { duration } from '../report/text.js';
import { loadSpec } from '../spec/load.js';
import type { ClusterSpec, NodeSpec } from '../spec/types.js';
import { stalledError } from '../sync/explain.js';
import type { SyncOutcome } from '../sync/types.js';
import { STALL_TIMEOUT_MS, waitForSync } from '../sync/wait.js';

export interface WaitOptions {
  /** Seconds for the whole wait; undefined: no limit. */
  timeout?: number;
  /** Seconds without progress until it counts as stalled; default 60. */
  stallTimeout?: number;
  acceptNewHostKeys: boolean;
}

export interface WaitDeps {
  loadSpec: (path: string) => Promise<ClusterSpec>;
  connect: (node: NodeSpec) => Promise<Target>;
}

/** `hastconf wait`: 0 in sync · 1 stalled · 4 a node cannot be reached · 6 timed out · 130 interrupted. */
export async function run(context: CommandContext, options: WaitOptions, deps?: WaitDeps): Promise<ExitCode> {
  const { io, global } = context;
  const use = deps ?? {
    loadSpec,
    connect: (node: NodeSpec) =>
      connect(node, { acceptNewHostKeys: options.acceptNewHostKeys, signal: io.signal }),
  };
  const spec = await use.loadSpec(global.file);
  const targets = await connectAll(spec, use.connect);
  try {
    const outcome = await watchWithView(context, spec, targets, options);
    if (outcome.result === 'stalled') throw stalledError(outcome, stallTimeoutMs(options));
    return ExitCode.Done;
  } finally {
    await Promise.allSettled(targets.map((target) => target.close()));
  }
}

function stallTimeoutMs({ stallTimeout }: WaitOptions): number {
  return stallTimeout === undefined ? STALL_TIMEOUT_MS : stallTimeout * 1000;
}

/** Both at once; when one fails the other is closed again. */
async function connectAll(
  spec: ClusterSpec,
  open: (node: NodeSpec) => Promise<Target>,
): Promise<readonly Target[]> {
  const opened = await Promise.allSettled(spec.nodes.map((node) => open(node)));
  const failed = opened.find((one) => one.status === 'rejected');
  const targets = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  if (!failed) return targets;
  await Promise.allSettled(targets.map((target) => target.close()));
  throw failed.reason;
}

async function watchWithView(
  { io, global }: CommandContext,
  spec: ClusterSpec,
  targets: readonly Target[],
  options: WaitOptions,
): Promise<SyncOutcome> {
  const stream = global.json ? io.stdout : io.stderr;
  const view = createProgressView({
    mode: progressMode(stream, global.json),
    stream,
    color: global.color,
    now: () => performance.now(),
  });
  try {
    const outcome = await waitForSync(targets, spec, {
      stallTimeoutMs: stallTimeoutMs(options),
      ...(options.timeout === undefined ? {} : { timeoutMs: options.timeout * 1000 }),
      signal: io.signal,
      onProgress: (progress) => view.update(progress),
    });
    view.end();
    report(io, global.json, spec, outcome);
    return outcome;
  } finally {
    view.end();
  }
}

function report(io: CommandContext['io'], json: boolean, spec: ClusterSpec, outcome: SyncOutcome): void {
  const { result, durationMs, progress } = outcome;
  if (json) {
    const seconds = Math.round(durationMs / 100) / 10;
    printResult(io, JSON.stringify({ event: 'result', result, dirty: progress.dirty, seconds }));
  } else if (result === 'in-sync') {
    const count = spec.resources.length;
    const what = count === 1 ? 'its resource is' : `all ${count} resources are`;
    say(io, `${spec.name}: ${what} in sync (waited ${duration(durationMs)})`);
  }
}
