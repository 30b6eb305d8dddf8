import { setTimeout as sleep } from 'node:timers/promises';
import { ExitCode, HastconfError } from '../errors.js';
import { gather } from '../facts/gather.js';
import { factsRequest } from '../facts/request.js';
import type { FactsRequest, NodeFacts } from '../facts/types.js';
import { type CommandContext, printResult } from '../io.js';
import { connect } from '../remote/connect.js';
import type { Target } from '../remote/target.js';
import { clusterStatus } from '../report/status.js';
import { statusText } from '../report/status-text.js';
import type { ClusterStatus, NodeReading } from '../report/status-types.js';
import type { ClusterSpec, NodeSpec } from '../spec/types.js';
import { loadCluster } from './cluster.js';
import { type ConnectionFlags, connectOptions, specPathOf } from './session.js';

export interface StatusOptions extends ConnectionFlags {
  /** Repeat until Ctrl-C. */
  watch: boolean;
  /** Seconds between two reports of `--watch`; default 2. */
  interval?: number;
}

export interface StatusDeps {
  loadSpec: (path: string) => Promise<ClusterSpec>;
  connect: (node: NodeSpec) => Promise<Target>;
  gather: (target: Target, request: FactsRequest) => Promise<NodeFacts>;
}

/**
 * `hastconf status`: 0 when both nodes could be read, whatever they say; 4 when one cannot be reached (the other
 * is reported all the same); 130 when `--watch` or the reading is interrupted.
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
  try {
    if (options.watch) return await watch(context, spec, reader, (options.interval ?? 2) * 1000);
    const readings = await reader.read();
    if (io.signal.aborted) return ExitCode.Interrupted;
    const status = clusterStatus(spec, readings, io.now());
    printResult(io, global.json ? JSON.stringify(status, null, 2) : text(context, status));
    return exitOf(readings);
  } finally {
    await reader.close();
  }
}

async function realDeps(context: CommandContext, flags: ConnectionFlags, path: string): Promise<StatusDeps> {
  const how = await connectOptions(context, flags, path);
  return {
    loadSpec: () => loadCluster(context),
    connect: (node) => connect(node, how),
    gather: (target, request) => gather(target, request, { signal: context.io.signal }),
  };
}

async function watch(
  context: CommandContext,
  spec: ClusterSpec,
  reader: ClusterReader,
  everyMs: number,
): Promise<ExitCode> {
  const { io, global } = context;
  let shown = '';
  while (!io.signal.aborted) {
    const readings = await reader.read();
    if (io.signal.aborted) break;
    const status = clusterStatus(spec, readings, io.now());
    if (global.json) printResult(io, JSON.stringify(status));
    else if (io.stdout.isTTY) redraw(context, status, everyMs);
    else {
      const now = text(context, status);
      if (now !== shown) printResult(io, `${shown === '' ? '' : '\n'}${status.time}\n${now}`);
      shown = now;
    }
    await sleep(everyMs, undefined, { signal: io.signal }).catch(() => undefined);
  }
  return ExitCode.Interrupted;
}

/** The same place on the terminal, without the flicker of clearing it first. */
function redraw(context: CommandContext, status: ClusterStatus, everyMs: number): void {
  const head = `${status.time}, every ${everyMs / 1000} s, Ctrl-C ends it`;
  const lines = `${head}\n\n${text(context, status)}`.split('\n');
  context.io.stdout.write(`\x1b[H${lines.map((line) => `${line}\x1b[K\n`).join('')}\x1b[J`);
}

function text({ io, global }: CommandContext, status: ClusterStatus): string {
  return statusText(status, { color: global.color, width: Math.min(io.stdout.columns ?? 80, 100) });
}

function exitOf(readings: readonly NodeReading[]): ExitCode {
  const errors = readings.flatMap((reading) => ('error' in reading ? [reading.error.exit] : []));
  if (errors.includes(ExitCode.Unreachable)) return ExitCode.Unreachable;
  return errors[0] ?? ExitCode.Done;
}

/** Reads both nodes at once, again and again on the same connections; a lost one is opened anew the next time. */
class ClusterReader {
  readonly #spec: ClusterSpec;
  readonly #deps: StatusDeps;
  readonly #targets = new Map<string, Target>();

  constructor(spec: ClusterSpec, deps: StatusDeps) {
    this.#spec = spec;
    this.#deps = deps;
  }

  read(): Promise<NodeReading[]> {
    return Promise.all(this.#spec.nodes.map((node) => this.#readNode(node)));
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#targets.values()].map((target) => target.close()));
  }

  async #readNode(node: NodeSpec): Promise<NodeReading> {
    try {
      const target = this.#targets.get(node.name) ?? (await this.#deps.connect(node));
      this.#targets.set(node.name, target);
      const facts = await this.#deps.gather(target, factsRequest(this.#spec, node.name));
      return { node: node.name, facts };
    } catch (error) {
      if (!(error instanceof HastconfError)) throw error;
      await this.#targets
        .get(node.name)
        ?.close()
        .catch(() => undefined);
      this.#targets.delete(node.name);
      return { node: node.name, error };
    }
  }
}
