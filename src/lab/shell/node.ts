import type { ChildProcess } from 'node:child_process';
import { existsSync, linkSync, mkdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type {
  CommandResult,
  CommandTable,
  LabClock,
  NodeHost,
  NodeShell,
  ShellOptions,
  Talk,
} from '../types.js';
import type { ClockControl } from '../world/clock.js';
import { Activity } from './activity.js';
import { BECOME_SCRIPTS, type BecomeSettings } from './become.js';
import { decodeBytes, encodeBytes } from './bytes.js';
import { collect, killGroup } from './child.js';
import { type Confinement, makeDevices } from './confine.js';
import { Dispatch } from './dispatch.js';
import { RootedFiles } from './files.js';
import { HELPER_SCRIPTS } from './helpers.js';
import { INTERNAL_COMMANDS } from './internal.js';
import { Jail, type SpawnOptions } from './jail.js';
import { chownTree, install, nameOwner } from './node-setup.js';
import { directoryOf } from './places.js';
import { type RealProcess, realProcesses, signalTree } from './process-list.js';
import { installPrograms } from './programs.js';
import { type Answer, Slots, type StubCall } from './slots.js';
import { STUB } from './stub.js';

export interface LabNodeOptions {
  name: string;
  /** Host directory that becomes the node's root. */
  root: string;
  confinement: Confinement;
  clock: LabClock & ClockControl;
}

/** One node: its files, its real processes, and the simulated programs that they reach. */
export class LabNode implements NodeHost, NodeShell {
  readonly name: string;
  readonly files: RootedFiles;
  readonly shell: NodeShell = this;
  readonly #options: LabNodeOptions;
  readonly #jail: Jail;
  readonly #activity: Activity;
  /** Without links, as the kernel names it. */
  readonly #root: string;
  readonly #dispatch: Dispatch;
  #slots: Slots | undefined;

  private constructor(options: LabNodeOptions) {
    this.name = options.name;
    this.#options = options;
    this.files = new RootedFiles(options.root, options.confinement.owner);
    this.#jail = new Jail(options.root, options.confinement);
    this.#root = realpathSync(options.root);
    this.#activity = new Activity(options.clock, () => this.#jail.roots());

    this.#dispatch = new Dispatch(options.name, {
      clock: options.clock,
      signal: (...words) => this.#deliver(...words),
    });
  }

  /** Makes the node's root with the programs of the host, and its first process. Throws exit 3 when it cannot be confined. */
  static async create(options: LabNodeOptions): Promise<LabNode> {
    const { root, confinement } = options;
    mkdirSync(root, { recursive: true, mode: 0o755 });
    for (const directory of ['/dev', '/tmp', '/root', '/usr/local/bin', '/usr/local/sbin']) {
      mkdirSync(join(root, directory), { recursive: true });
    }
    await makeDevices(root, confinement);
    await installPrograms(root);
    for (const [path, text] of Object.entries(HELPER_SCRIPTS)) install(root, path, text);
    nameOwner(root, confinement);
    const node = new LabNode(options);
    node.#slots = await Slots.open(root, confinement.owner, (call) => node.#answer(call));
    for (const name of [...Object.keys(INTERNAL_COMMANDS), 'simauth', 'simcsh'])
      install(root, `/.lab/bin/${name}`, STUB);
    install(root, '/bin/timeout', STUB);
    if (confinement.owner) chownTree(root, confinement.owner.uid, confinement.owner.gid);
    await node.#jail.start();
    return node;
  }

  /** Makes the simulated programs callable; those that the lab has as scripts stay scripts. */
  serve(commands: CommandTable): void {
    this.#dispatch.commands = commands;
    const stub = join(this.files.root, '/.lab/stub');
    if (!existsSync(stub)) install(this.files.root, '/.lab/stub', STUB);
    for (const name of Object.keys(commands)) {
      const path = join(this.files.root, directoryOf(name), name);
      if (existsSync(path)) continue;
      mkdirSync(dirname(path), { recursive: true });
      linkSync(stub, path);
    }
  }

  /** Lets users become root, each by the tools named. */
  allowBecome(settings: BecomeSettings): void {
    this.#dispatch.become = settings;
    for (const tool of [...settings.tools, 'stty' as const])
      install(this.files.root, ...BECOME_SCRIPTS[tool]);
  }

  run(script: string, options: ShellOptions = {}): Promise<CommandResult> {
    return this.exec(['/bin/sh', '-c', script], options);
  }

  async exec(words: readonly string[], options: ShellOptions = {}): Promise<CommandResult> {
    options.signal?.throwIfAborted();
    const { env, cwd } = options;
    const child = await this.spawn(words, { ...(env && { env }), ...(cwd !== undefined && { cwd }) });
    const kill = () => killGroup(child, 'SIGKILL');
    options.signal?.addEventListener('abort', kill, { once: true });
    if (options.signal?.aborted) kill(); // while it was being started
    try {
      child.stdin?.on('error', () => undefined); // EPIPE: it need not read
      child.stdin?.end(encodeBytes(options.stdin ?? ''));
      return await collect(child);
    } finally {
      options.signal?.removeEventListener('abort', kill);
    }
  }

  async talk(script: string, options: Omit<ShellOptions, 'stdin'> = {}): Promise<Talk> {
    options.signal?.throwIfAborted();
    const { env } = options;
    const child = await this.spawn(['/bin/sh', '-c', script], { ...(env && { env }) });
    const kill = () => killGroup(child, 'SIGKILL');
    options.signal?.addEventListener('abort', kill, { once: true });
    if (options.signal?.aborted) kill();
    child.once('exit', () => options.signal?.removeEventListener('abort', kill));
    child.stdin?.on('error', () => undefined);
    return {
      write: (text) => {
        this.#activity.touch();
        child.stdin?.write(encodeBytes(text));
      },
      end: () => {
        this.#activity.touch();
        child.stdin?.end();
      },
      listen: (hear) => {
        child.stdout?.on('data', (chunk: Buffer) => hear(decodeBytes(chunk)));
        child.once('close', () => hear(undefined));
      },
    };
  }

  /** Starts a program with raw streams; counted as activity until its end. */
  async spawn(words: readonly string[], options: SpawnOptions = {}): Promise<ChildProcess> {
    const touch = () => this.#activity.touch();
    // Until the process is there, nobody can see that the node computes.
    const started = this.#options.clock.enter();
    this.files.adopt();
    const child = await this.#jail.spawn(words, options).finally(() => {
      touch();
      started();
    });
    child.stdout?.on('data', touch);
    child.stderr?.on('data', touch);
    child.once('exit', touch);
    touch();
    return child;
  }

  async killAll(): Promise<void> {
    await this.#jail.killAll();
    this.#activity.touch();
  }

  async processes(): Promise<readonly RealProcess[]> {
    return realProcesses(this.#jail.all(), this.#root);
  }

  /** Sends a signal to a process by its id in the node; one that has ended meanwhile needs none. */
  async signal(pid: number, signal: string): Promise<void> {
    this.#deliver(pid, signal, 'itself');
  }

  #deliver(pid: number, signal: string, who: 'itself' | 'below'): void {
    this.#activity.touch();
    signalTree(this.#jail.all(), pid, signal, who);
  }

  /** Ends everything; the files stay. */
  async close(): Promise<void> {
    await this.#jail.killAll();
    this.#slots?.close();
    this.#activity.stop();
  }

  /** What goes to and from one of the node's programs is activity of the node. */
  #touching(talk: Talk): Talk {
    const touch = () => this.#activity.touch();
    return {
      write: (text) => {
        touch();
        talk.write(text);
      },
      end: () => {
        touch();
        talk.end();
      },
      listen: (hear) =>
        talk.listen((text) => {
          touch();
          hear(text);
        }),
    };
  }

  async #answer(call: StubCall): Promise<Answer> {
    const { clock } = this.#options;
    this.#activity.touch();
    try {
      return await clock.call(
        () => this.#dispatch.answer({ ...call, talk: () => this.#touching(call.talk()) }),
        (waiting) => waiting || this.#activity.touch(),
      );
    } finally {
      this.files.adopt();
      this.#activity.touch();
    }
  }
}
