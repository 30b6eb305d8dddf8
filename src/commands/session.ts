import { dirname, resolve } from 'node:path';
import { ExitCode, HastconfError } from '../errors.js';
import { gather } from '../facts/gather.js';
import { factsRequest } from '../facts/request.js';
import type { NodeFacts } from '../facts/types.js';
import type { CommandContext } from '../io.js';
import type { PairFacts } from '../plan/types.js';
import { connect } from '../remote/connect.js';
import type { ConnectOptions } from '../remote/options.js';
import type { Target } from '../remote/target.js';
import type { ClusterSpec } from '../spec/types.js';
import { loadCluster } from './cluster.js';
import { failureOf } from './failures.js';
import { whileDoing } from './while.js';

/** What every command that talks to the nodes takes. */
export interface ConnectionFlags {
  acceptNewHostKeys: boolean;
}

/** The cluster file and one connection to each of its nodes. */
export interface Session {
  spec: ClusterSpec;
  /** Absolute path of the cluster file. */
  specPath: string;
  targets: readonly Target[];
  close: () => Promise<void>;
}

/** Absolute path of the cluster file that the options name. */
export function specPathOf({ io, global }: CommandContext): string {
  return resolve(io.cwd, global.file);
}

/** Loads the cluster file and connects to both nodes at once, or to one of them; every node that fails is named. */
export async function openSession(
  context: CommandContext,
  flags: ConnectionFlags,
  only?: string,
): Promise<Session> {
  const specPath = specPathOf(context);
  const spec = await loadCluster(context);
  const options = await connectOptions(context, flags, specPath);
  const nodes = spec.nodes.filter(({ name }) => only === undefined || name === only);
  if (nodes.length === 0) throw noSuchNode(spec, only);
  const results = await Promise.allSettled(nodes.map((node) => connect(node, options)));
  const targets = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const close = async () => {
    await Promise.allSettled(targets.map((target) => target.close()));
  };
  if (targets.length < nodes.length) {
    await close();
    throw failureOf(results, 'neither node could be reached');
  }
  return { spec, specPath, targets, close };
}

/** For a node's name that the cluster file does not have. */
export function noSuchNode({ nodes }: ClusterSpec, name: string | undefined): HastconfError {
  const names = nodes.map((node) => node.name).join(' and ');
  return new HastconfError(ExitCode.Usage, `there is no node ${name}: the cluster file has ${names}`);
}

/** How to connect: questions only where somebody can answer them. */
export async function connectOptions(
  { io, global }: CommandContext,
  flags: ConnectionFlags,
  specPath: string,
): Promise<ConnectOptions> {
  const base: ConnectOptions = {
    acceptNewHostKeys: flags.acceptNewHostKeys,
    knownHostsFiles: [resolve(dirname(specPath), 'known_hosts')],
    signal: io.signal,
    ...(io.localTarget && { localTarget: io.localTarget }),
  };
  if (!global.input) return base;
  const { createAsker } = await import('../wizard/ask.js');
  const asker = createAsker(io);
  return {
    ...base,
    confirmHostKey: (question) => asker.hostKey(question),
    askSecret: (message) => asker.secret(message),
  };
}

/** Facts of all nodes at once, by node name. */
export async function gatherAll(targets: readonly Target[], spec: ClusterSpec): Promise<PairFacts> {
  const results = await Promise.allSettled(
    targets.map((target) => whileDoing('reading its state', gather(target, factsRequest(spec, target.node)))),
  );
  if (results.some((result) => result.status === 'rejected'))
    throw failureOf(results, 'neither node could be reached');
  const facts = results.flatMap((result) =>
    result.status === 'fulfilled' ? [result.value as NodeFacts] : [],
  );
  return Object.fromEntries(facts.map((own) => [own.node, own]));
}
