import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { ExitCode, HastconfError } from '../../errors.js';
import { type Confinement, processesOf } from './confine.js';
import { childrenOf, send } from './proc.js';

/** The environment that FreeBSD's root gets. */
export const NODE_ENVIRONMENT: Readonly<Record<string, string>> = {
  HOME: '/root',
  LOGNAME: 'root',
  PATH: '/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin',
  SHELL: '/bin/csh',
  USER: 'root',
};

/**
 * Runs in the node as its first process: adopts and reaps orphans (in `wait`), and ends, and with it every
 * process of the node, when the lab closes its stdin or dies.
 */
const INIT = 'exec 3<&0; echo ready; /bin/cat <&3 >/dev/null & exec 3<&- >/dev/null; wait $!';

export interface SpawnOptions {
  env?: Readonly<Record<string, string>>;
  cwd?: string;
  stdio?: StdioOptions;
}

/** One node's processes: an init that holds its namespaces, and the programs started beside it. */
export class Jail {
  readonly root: string;
  readonly #confinement: Confinement;
  #init: ChildProcess | undefined;
  #starting: Promise<ChildProcess> | undefined;
  readonly #children = new Set<ChildProcess>();

  constructor(root: string, confinement: Confinement) {
    this.root = root;
    this.#confinement = confinement;
  }

  /** Starts the init unless it runs. */
  async start(): Promise<void> {
    await this.#ready();
  }

  /** Starts a program inside; its process group's id on the host is the child's pid. */
  async spawn(words: readonly string[], options: SpawnOptions = {}): Promise<ChildProcess> {
    const init = await this.#ready();
    const inside =
      options.cwd === undefined || options.cwd === '/'
        ? words
        : ['/bin/sh', '-c', 'cd "$1" && shift && exec "$@"', 'sh', options.cwd, ...words];
    const [command, ...args] = this.#confinement.enter(this.root, init.pid as number, inside);
    const child = spawn(command as string, args, {
      cwd: '/',
      env: { ...NODE_ENVIRONMENT, ...options.env },
      detached: true,
      stdio: options.stdio ?? 'pipe',
    });
    this.#children.add(child);
    child.once('close', () => this.#children.delete(child));
    child.once('error', () => this.#children.delete(child));
    return child;
  }

  /** Ends every process of the node at once and waits until they are gone. */
  async killAll(): Promise<void> {
    const init = this.#init;
    this.#init = undefined;
    this.#starting = undefined;
    if (!init) return;
    const over = init.exitCode === null && init.signalCode === null ? once(init, 'exit') : undefined;
    for (const pid of childrenOf(init.pid as number)) kill(pid);
    if (this.#confinement.mode === 'chroot') await killUser(this.#confinement.owner?.uid);
    init.stdin?.destroy();
    // The process that made the pid namespace ends only after the kernel has emptied it.
    await over;
    for (const child of this.#children) kill(-(child.pid ?? 0));
  }

  /** Host pids under which the node's process trees hang. */
  roots(): readonly number[] {
    return [this.#init, ...this.#children].flatMap((child) => (child?.pid === undefined ? [] : [child.pid]));
  }

  /** Host pids that have every process of the node below them or among them. */
  all(): readonly number[] {
    const { mode, owner } = this.#confinement;
    // Without a pid namespace orphans go to the host's init.
    return mode === 'chroot' ? processesOf(owner?.uid ?? -1) : this.roots();
  }

  async #ready(): Promise<ChildProcess> {
    if (this.#init) return this.#init;
    this.#starting ??= this.#boot();
    return this.#starting;
  }

  async #boot(): Promise<ChildProcess> {
    const [command, ...args] = this.#confinement.init(this.root, ['/bin/sh', '-c', INIT]);
    const init = spawn(command as string, args, { cwd: '/', env: NODE_ENVIRONMENT, stdio: 'pipe' });
    let words = '';
    init.stderr.on('data', (chunk: Buffer) => {
      words += chunk.toString();
    });
    init.stdin.on('error', () => undefined);
    const ready = await Promise.race([
      once(init.stdout, 'data').then(() => true),
      once(init, 'close').then(() => false),
    ]).catch(() => false);
    if (!ready) throw notConfined(this.#confinement.mode, words);
    for (const stream of [init, init.stdin, init.stdout, init.stderr]) unref(stream);
    this.#init = init;
    init.once('exit', () => {
      if (this.#init === init) this.#init = this.#starting = undefined;
    });
    return init;
  }
}

function unref(stream: unknown): void {
  if (stream && typeof stream === 'object' && 'unref' in stream && typeof stream.unref === 'function')
    stream.unref();
}

function notConfined(mode: string, words: string): HastconfError {
  return new HastconfError(ExitCode.Preflight, `the lab could not confine a node (${mode})`, {
    detail: words.trim() || 'its first process ended at once',
  });
}

function kill(pid: number): void {
  if (pid !== 0) send(pid, 'SIGKILL');
}

async function killUser(uid: number | undefined): Promise<void> {
  if (uid === undefined) return;
  // A process may fork between the look and the kill: until a look finds none.
  for (let pids = processesOf(uid); pids.length > 0; pids = processesOf(uid)) {
    for (const pid of pids) kill(pid);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
