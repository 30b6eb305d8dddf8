import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ExitCode, HastconfError } from '../errors.js';
import { writeClientFiles } from './client-files.js';
import { renewHostKey, writeHostKey } from './host-key.js';
import { type KeyPair, newKeyPair } from './keys.js';
import type { BecomeSettings } from './shell/become.js';
import { confinements } from './shell/confine.js';
import { LabNode } from './shell/node.js';
import { SSH_FAULTS, sshFault } from './ssh/faults.js';
import { openSftpChannel, type SftpChannel } from './ssh/loopback.js';
import { LabSsh } from './ssh/server.js';
import type { CommandResult, ShellOptions } from './types.js';
import { type ControlledClock, createClock } from './world/clock.js';
import type { DiskProfile } from './world/profile.js';
import { createWorld, type World } from './world/world.js';

/** How the lab's SSH servers are to differ from the plain case: root with the lab's key, SFTP, no delay. */
export interface LabSshSettings {
  methods?: readonly ('publickey' | 'password' | 'keyboard-interactive')[];
  /** How the user `operator` may become root. */
  become?: BecomeSettings;
  /** Of root and of the user `operator`; without it only keys are accepted. */
  password?: string;
  sftp?: boolean;
  /** Real milliseconds, each way. */
  latencyMs?: number;
}

export interface LabOptions {
  /** Where the nodes' files, keys and cluster.yaml go; made when missing, `nodes` in it is made anew. */
  dir: string;
  /** How many times faster than real time the nodes' clock runs while they only wait; default 1. */
  accelerate?: number | 'jump';
  /** Simulated seconds a real second while a node computes; default 1. */
  pace?: number;
  /** Simulated milliseconds that each call of a simulated program takes at least; default 0. */
  commandMs?: number;
  /** Bytes of each data disk. */
  diskSize?: number;
  /** Disks by node, in place of the default ones. */
  disks?: Readonly<Record<string, readonly DiskProfile[]>>;
  syncBytesPerSecond?: number;
  ssh?: LabSshSettings;
  /** Hears of failures of the model itself. */
  warn?: (text: string) => void;
}

export interface LabMember {
  name: string;
  /** Of its sshd on 127.0.0.1. */
  port: number;
  ssh: LabSsh;
  host: LabNode;
}

/** Two running nodes, in this process. */
export interface Lab {
  dir: string;
  /** Path of the ready-made cluster file; `known_hosts` and `id_ed25519` lie beside it. */
  clusterFile: string;
  nodes: readonly [LabMember, LabMember];
  world: World;
  clock: ControlledClock;
  /** Runs a script under the node's /bin/sh as root. Throws exit 4 when the node is off. */
  exec(node: string, script: string, options?: ShellOptions): Promise<CommandResult>;
  /** The member of that name. Throws exit 2. */
  node(name: string): LabMember;
  fault(name: string, args: readonly string[]): Promise<string>;
  /** A channel that speaks the node's SFTP, to be passed on as it is; `end` closes its connection. */
  sftpChannel(node: string): Promise<SftpChannel>;
  /** Ends every process of the nodes and their SSH servers; the files stay. */
  stop(): Promise<void>;
}

const NAMES = ['hasta', 'hastb'] as const;

/** Starts both nodes, booted. Throws exit 3 when this machine cannot confine them. */
export async function startLab(options: LabOptions): Promise<Lab> {
  const dir = resolve(options.dir);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await rm(join(dir, 'nodes'), { recursive: true, force: true });
  const clock = createClock({ accelerate: options.accelerate ?? 1, pace: options.pace ?? 1 });
  const hosts: LabNode[] = [];
  const servers: LabSsh[] = [];
  const stop = async () => {
    clock.stop();
    await Promise.all([...hosts.map((host) => host.close()), ...servers.map((server) => server.close())]);
  };
  try {
    for (const name of NAMES) hosts.push(await createHost(name, join(dir, 'nodes', name, 'root'), clock));
    const world = createWorld({
      clock,
      hosts,
      ...(options.syncBytesPerSecond !== undefined && { syncBytesPerSecond: options.syncBytesPerSecond }),
      ...(options.diskSize !== undefined && { diskSize: options.diskSize }),
      ...(options.disks && { disks: options.disks }),
      ...(options.commandMs !== undefined && { commandMs: options.commandMs }),
      ...(options.warn && { warn: options.warn }),
    });
    const key = newKeyPair('hastconf lab');
    const members: LabMember[] = [];
    for (const host of hosts) {
      host.serve(world.commands);
      await world.prepare(host.name);
      if (options.ssh?.become) host.allowBecome(options.ssh.become);
      const hostKey = await installKeys(host, key);
      const ssh = await startSsh(host, hostKey, key, world, options.ssh ?? {});
      servers.push(ssh);
      members.push({ name: host.name, port: ssh.port, ssh, host });
      hostKeys.set(ssh, hostKey.public);
    }
    world.onPower((node, on) => {
      if (!on) members.find(({ name }) => name === node)?.ssh.cut();
    });
    await Promise.all(NAMES.map((name) => world.boot(name)));
    const nodes = members.map(({ name, port, ssh }) => ({ name, port, hostKey: hostKeys.get(ssh) ?? '' }));
    await writeClientFiles({ dir, what: 'two simulated nodes', login: key, nodes });
    const sftpChannel = async (name: string) => {
      const member = members.find((one) => one.name === name);
      return openSftpChannel(member?.port ?? 0, key.private);
    };
    return { ...assemble(dir, members as [LabMember, LabMember], world, clock, stop), sftpChannel };
  } catch (error) {
    await stop();
    throw error;
  }
}

const hostKeys = new WeakMap<LabSsh, string>();

async function createHost(name: string, root: string, clock: ControlledClock): Promise<LabNode> {
  const tried: string[] = [];
  for (const confinement of await confinements()) {
    try {
      return await LabNode.create({ name, root, confinement, clock });
    } catch (error) {
      if (!(error instanceof HastconfError)) throw error;
      tried.push(`${confinement.mode}: ${error.detail ?? error.message}`);
      await rm(root, { recursive: true, force: true });
    }
  }
  const detail = tried.join('\n') || 'unshare(1), nsenter(1) and mount(8) of util-linux were not found';
  throw new HastconfError(ExitCode.Preflight, 'the lab cannot confine its nodes on this machine', {
    detail,
    remedy:
      'It needs Linux with util-linux, and either root or unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1, user.max_user_namespaces above 0; on Ubuntu also kernel.apparmor_restrict_unprivileged_userns=0).',
  });
}

async function installKeys(host: LabNode, login: KeyPair): Promise<KeyPair> {
  const key = newKeyPair(`root@${host.name}`);
  await writeHostKey(host, key);
  await host.files.write('/root/.ssh/authorized_keys', `${login.public}\n`, 0o600);
  await host.files.mkdir('/home/operator');
  return key;
}

async function startSsh(
  host: LabNode,
  hostKey: KeyPair,
  login: KeyPair,
  world: World,
  settings: LabSshSettings,
): Promise<LabSsh> {
  const account = (user: string, home: string) => ({
    user,
    authorizedKeys: async () => [
      login.public,
      ...((await host.files.read(`${home}/.ssh/authorized_keys`)) ?? '').split('\n'),
    ],
    ...(settings.password !== undefined && { password: settings.password }),
  });
  return LabSsh.listen({
    node: host,
    hostKey: hostKey.private,
    port: 0,
    accounts: [account('root', '/root'), account('operator', '/home/operator')],
    methods: settings.methods ?? ['publickey', 'keyboard-interactive'],
    up: () => world.sshUp(host.name),
    diskFull: () => world.diskFull(host.name),
    sftp: settings.sftp ?? true,
    latencyMs: settings.latencyMs ?? 0,
  });
}

function assemble(
  dir: string,
  nodes: readonly [LabMember, LabMember],
  world: World,
  clock: ControlledClock,
  stop: () => Promise<void>,
): Omit<Lab, 'sftpChannel'> {
  const node = (name: string) => {
    const found = nodes.find((one) => one.name === name);
    if (found) return found;
    throw new HastconfError(ExitCode.Usage, `the lab has no node ${name}`, {
      remedy: `Its nodes are ${NAMES.join(' and ')}.`,
    });
  };
  return {
    dir,
    clusterFile: join(dir, 'cluster.yaml'),
    nodes,
    world,
    clock,
    node,
    stop,
    async exec(name, script, options) {
      const { host } = node(name);
      assertOn(world, name);
      return host.run(script, options);
    },
    async fault(name, args) {
      const ofSsh = await sshFault(name, args, (member) => node(member).ssh);
      if (ofSsh !== undefined) return ofSsh;
      const said = await worldFault(world, name, args);
      if (name === 'new-machine') await renewHostKey(node(args[0] ?? ''));
      return said;
    },
  };
}

function sshFaultsHelp(): string {
  const faults = Object.entries(SSH_FAULTS).map((fault) => fault.join(' '));
  return `Faults of the SSH servers: ${faults.join(', ')}`;
}

/** A fault that the model does not know or cannot do is wrong usage. */
async function worldFault(world: World, name: string, args: readonly string[]): Promise<string> {
  try {
    return await world.fault(name, args);
  } catch (error) {
    if (error instanceof HastconfError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    const remedy = sshFaultsHelp();
    // The model names its faults when it does not know one.
    if (name === 'help') return `${message.replace(/^.*known: (.*)\)$/, '$1')}\n${remedy}`;
    throw new HastconfError(ExitCode.Usage, message, { remedy, cause: error });
  }
}

/** Throws exit 4 when the node has no power. */
export function assertOn(world: World, node: string): void {
  if (world.describe().nodes[node]?.power !== 'off') return;
  throw new HastconfError(ExitCode.Unreachable, `${node} is switched off`, {
    node,
    remedy: `hastconf lab fault power-on ${node}`,
  });
}
