import { dirname, resolve } from 'node:path';
import { existing, writeNewFile } from '../adopt/write.js';
import { ExitCode, HastconfError, type Problem, ProblemsError } from '../errors.js';
import { listenForCarp } from '../facts/carp-probe.js';
import { gather } from '../facts/gather.js';
import type { NodeFacts } from '../facts/types.js';
import { type CommandContext, printResult, say } from '../io.js';
import { carpPlace, type Derived, deriveQuick, type QuickArguments } from '../quick/derive.js';
import { connect } from '../remote/connect.js';
import type { Target } from '../remote/target.js';
import { table } from '../report/text.js';
import { flagFor } from '../spec/flags/table.js';
import type { GivenFlag } from '../spec/flags/types.js';
import { loadSpec, specOfData } from '../spec/load.js';
import { serializeSpec } from '../spec/serialize.js';
import type { Become, ClusterSpec, NodeSpec } from '../spec/types.js';
import { formatSize } from '../spec/units.js';
import { parseLogin } from '../wizard/login.js';
import { firstLook } from '../wizard/looks.js';
import type { ApplyOptions } from './apply.js';
import { environmentFlags } from './cluster.js';
import { connectOptions, specPathOf } from './session.js';
import { whileDoing } from './while.js';

export interface QuickOptions extends ApplyOptions {
  /** Private key file for the remote node. */
  identity?: string;
  become?: Become;
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
  show(context, spec);
  await keep(context, spec);
  const { run: apply } = await import('./apply.js');
  return apply({ ...context, global: { ...context.global, flags: [], save: false } }, options);
}

function quickArguments(
  { io }: CommandContext,
  words: readonly string[],
  { identity, become }: QuickOptions,
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
  return { login, remoteIp, carpIp, remotePool, volPath, volSize, hastvolName };
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

function show({ io, global }: CommandContext, spec: ClusterSpec): void {
  if (global.json) {
    printResult(io, JSON.stringify({ event: 'derived', clusterFile: serializeSpec(spec) }));
    return;
  }
  const [resource] = spec.resources;
  const [first, second] = spec.nodes;
  const rows = [
    ['', first.name, second.name],
    ['login', 'this machine', 'host' in second.ssh ? second.ssh.host : 'this machine'],
    ['replication', first.replication, second.replication],
    ['CARP on', first.interface, second.interface],
    ['provider', resource!.local[first.name]!, resource!.local[second.name]!],
  ];
  const size = resource!.zvol ? `, ${formatSize(resource!.zvol.size)}` : '';
  const { address, prefixLength, vhid } = spec.carp;
  const tail = [
    `CARP address ${address}/${prefixLength}, VHID ${vhid}; ${spec.preferred} becomes primary`,
    `HAST resource ${resource!.name}${size}: /dev/hast/${resource!.name} on the primary`,
  ];
  say(io, ['Derived from the arguments and both machines:', ...table(rows), ...tail, ''].join('\n'));
}

/** For later; a file that says the same already is left as it is. */
async function keep(context: CommandContext, spec: ClusterSpec): Promise<void> {
  const { io, global } = context;
  const path = specPathOf(context);
  const content = serializeSpec(spec);
  if ((await existing(path)) === undefined) {
    await writeNewFile({ path, content, mode: 0o644, force: false });
    say(io, `written: ${global.file}`);
    return;
  }
  const same = await loadSpec(path).then(
    (there) => serializeSpec(there) === content,
    () => false,
  );
  if (same) return;
  throw new HastconfError(ExitCode.Refused, `${path} exists and says something else`, {
    remedy: `hastconf -f ${global.file} apply goes by that file; name another one with --file FILE`,
  });
}
