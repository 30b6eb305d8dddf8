import { dirname, resolve } from 'node:path';
import { ExitCode, HastconfError, type Problem, ProblemsError } from '../errors.js';
import { listenForCarp } from '../facts/carp-probe.js';
import { gather } from '../facts/gather.js';
import type { NodeFacts } from '../facts/types.js';
import type { CommandContext } from '../io.js';
import { carpPlace, type Derived, deriveQuick, type QuickArguments } from '../quick/derive.js';
import { keepCluster } from '../quick/keep.js';
import { showDerived } from '../quick/show.js';
import { connect } from '../remote/connect.js';
import type { Target } from '../remote/target.js';
import { flagFor } from '../spec/flags/table.js';
import type { GivenFlag } from '../spec/flags/types.js';
import { specOfData } from '../spec/load.js';
import type { Become, ClusterSpec, NodeSpec } from '../spec/types.js';
import { parseLogin } from '../wizard/login.js';
import { firstLook } from '../wizard/looks.js';
import type { ApplyOptions } from './apply-run.js';
import { environmentFlags } from './cluster.js';
import { connectOptions, specPathOf } from './session.js';
import { whileDoing } from './while.js';

export interface QuickOptions extends ApplyOptions {
  /** Private key file for the remote node. */
  identity?: string;
  become?: Become;
  /** What clients get at once. */
  serve?: 'nfs' | 'iscsi';
}

/**
 * `hastconf quick`: the primary node is this machine. Exit 2 with the flag for whatever could not be derived,
 * 3 when a volume or pool is not as the arguments say, 5 when another cluster file is in the way; then as apply.
 */
export async function run(
  context: CommandContext,
  words: readonly string[],
  options: QuickOptions,
): Promise<ExitCode> {
  const args = quickArguments(context, words, options);
  const spec = specFrom(context, await look(context, args, options));
  showDerived(context, spec);
  await keepCluster(context, specPathOf(context), spec);
  const { run: apply } = await import('./apply.js');
  return apply({ ...context, global: { ...context.global, flags: [], save: false } }, options);
}

function quickArguments(
  { io }: CommandContext,
  words: readonly string[],
  { identity, become, serve }: QuickOptions,
): QuickArguments {
  const [
    host = '',
    remoteIp = '',
    carpIp = '',
    remotePool = '',
    volPath = '',
    volSize = '',
    hastvolName = '',
  ] = words;
  const parsed = parseLogin(host);
  if (typeof parsed === 'string') throw new HastconfError(ExitCode.Usage, `<remote_host> ${host}: ${parsed}`);
  if ('local' in parsed)
    throw new HastconfError(ExitCode.Usage, '<remote_host> is the other machine, not this one');
  const login: NodeSpec['ssh'] = {
    ...parsed,
    ...(identity === undefined
      ? {}
      : { identity: identity.startsWith('~/') ? identity : resolve(io.cwd, identity) }),
    become: become ?? 'none',
  };
  return { login, remoteIp, carpIp, remotePool, volPath, volSize, hastvolName, ...(serve && { serve }) };
}

/** Both machines' facts, and what is heard on the CARP network unless the VHID is given. */
async function look(context: CommandContext, args: QuickArguments, options: QuickOptions): Promise<Derived> {
  const how = await connectOptions(context, options, specPathOf(context));
  const home = context.io.env.HOME;
  const login =
    'local' in args.login ? args.login : { ...args.login, ...homeIdentity(args.login.identity, home) };
  const open = (name: string, ssh: NodeSpec['ssh']) =>
    connect({ name, ssh, replication: '', interface: '' }, how);
  const opened = await Promise.allSettled([
    open('this machine', { local: true }),
    open('host' in login ? login.host : '', login),
  ]);
  try {
    const targets = opened.map((one) => {
      if (one.status === 'rejected') throw one.reason;
      return one.value;
    });
    const facts = await Promise.all(
      targets.map((target) => whileDoing('looking at it', gather(target, firstLook(target.node)))),
    );
    const both = facts as [NodeFacts, NodeFacts];
    return deriveQuick(
      args,
      both,
      await heardVhids(context, targets[0]!, carpPlace(args.carpIp, both).interfaces[0]),
    );
  } finally {
    await Promise.allSettled(opened.map(async (one) => one.status === 'fulfilled' && one.value.close()));
  }
}

function homeIdentity(identity: string | undefined, home: string | undefined): { identity?: string } {
  if (identity === undefined) return {};
  return {
    identity: identity.startsWith('~/') && home !== undefined ? resolve(home, identity.slice(2)) : identity,
  };
}

async function heardVhids(
  { global }: CommandContext,
  target: Target,
  carrier: string | undefined,
): Promise<readonly number[]> {
  if (carrier === undefined || global.flags?.some(({ flag }) => flag === 'vhid')) return [];
  return (await whileDoing('listening for other CARP speakers', listenForCarp(target, carrier))).vhids;
}

/** With the flags over what was derived; everything that is still open is named with its flag. */
function specFrom({ io, global }: CommandContext, { data, gaps, problems }: Derived): ClusterSpec {
  const flags: GivenFlag[] = [...environmentFlags(io.env), ...(global.flags ?? [])];
  const open = gaps.filter(({ path }) => !flags.some((given) => closes(given, path)));
  if (open.length > 0) {
    const named = open.map(
      ({ path, message }): Problem => ({
        id: 'not-derived',
        path: path.join('.'),
        message,
        remedy: `give it with ${flagFor(path)}`,
      }),
    );
    throw new ProblemsError(ExitCode.Usage, 'not everything can be derived from the machines', [
      ...named,
      ...problems,
    ]);
  }
  const directory = dirname(resolve(io.cwd, global.file));
  const home = io.env.HOME === undefined ? {} : { home: io.env.HOME };
  const spec = specOfData(data, 'what was derived', { directory, ...home, overlay: { flags, cwd: io.cwd } });
  if (problems.length > 0)
    throw new ProblemsError(ExitCode.Preflight, 'the machines are not as the arguments say', problems);
  return spec;
}

/** Whether a flag gives the value of this place. */
function closes({ flag, value }: GivenFlag, path: readonly string[]): boolean {
  if (path[0] !== 'nodes') return flagFor(path)?.startsWith(`--${flag} `) === true;
  return flag === 'node' && value.startsWith(`${path[1]}=`) && value.includes(`${path[2]}:`);
}
