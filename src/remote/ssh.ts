import type { ClientChannel } from 'ssh2';
import { HastconfError } from '../errors.js';
import type { Become } from '../spec/types.js';
import { wayToRoot } from './become.js';
import { NoExitStatus, type Running } from './channel.js';
import type { Line } from './dial.js';
import { becomeFailed, lostDuring, notRoot, unreachable } from './failure.js';
import { limited, type Patience } from './limits.js';
import type { AskSecret } from './questions.js';
import type { Run } from './rooting.js';
import { killScript, labelOf, NOT_ROOT, NOT_ROOT_CODE, splitPid, wrapScript } from './script.js';
import { Slots } from './slots.js';
import { SshFiles } from './ssh-files.js';
import type { ExecOptions, ExecResult, FileAttributes, Target, TargetCounters } from './target.js';
import { shScript } from './words.js';

/** sshd allows ten sessions a connection (MaxSessions); SFTP holds one, one is left for luck. */
const MOST_CHANNELS = 8;
const CLOSE_MS = 1_000;
/** How long a killed channel may keep its slot when the node does not confirm. */
const SLOT_GRACE_MS = 5_000;

export interface SshSetup {
  node: string;
  line: Line;
  become: Become;
  user: string;
  askSecret: AskSecret | undefined;
  reproduce: string;
}

/** A node over one kept SSH connection. */
export class SshTarget implements Target {
  readonly node: string;
  readonly counters: TargetCounters;
  readonly #setup: SshSetup;
  readonly #slots = new Slots(MOST_CHANNELS);
  readonly #files: SshFiles;
  readonly #killing = new Set<Promise<unknown>>();
  #channels = 0;
  #rooted = false;
  #way: Promise<Run> | undefined;
  readonly #gone = new AbortController();
  /** Why the line is gone; undefined while it stands. */
  #lost: Error | undefined;

  constructor(setup: SshSetup) {
    this.node = setup.node;
    this.#setup = setup;
    const { socket, hops, client } = setup.line;
    const channels = () => this.#channels;
    this.counters = {
      connections: hops.length + 1,
      get channels() {
        return channels();
      },
      get bytesSent() {
        return socket.bytesWritten;
      },
      get bytesReceived() {
        return socket.bytesRead;
      },
    };
    this.#files = new SshFiles({
      node: setup.node,
      client: setup.become === 'none' && setup.user === 'root' ? client : undefined,
      run: (script, label) => this.#run(script, label),
      onChannel: () => {
        this.#channels += 1;
      },
      checkLine: (label) => {
        if (this.#lost) throw lostDuring(this.node, label, this.#lost, setup.reproduce);
      },
      gone: this.#gone.signal,
    });
    client.on('error', (error) => {
      this.#lost ??= error;
    });
    client.on('close', () => {
      this.#lost ??= new Error('the node closed the connection');
      this.#gone.abort();
    });
  }

  async script(script: string, options: ExecOptions = {}): Promise<ExecResult> {
    return this.#run(script, labelOf(script), options);
  }

  async exec(words: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
    return this.script(shScript(words), options);
  }

  async #run(script: string, label: string, options: ExecOptions = {}): Promise<ExecResult> {
    const free = await this.#slots.take();
    let running: Running | undefined;
    let killed = false;
    const note = (opened: Running) => {
      running = opened;
      // Given up before the node had opened it: it must not run unseen.
      if (killed) opened.channel.close();
    };
    const kill = () => {
      killed = true;
      if (running) this.#kill(running);
    };
    try {
      return await limited(
        this.node,
        label,
        options,
        (patience) => this.#attempt(script, options, patience, note),
        kill,
      );
    } catch (error) {
      throw this.#explain(error, label);
    } finally {
      freeWhenClosed(running?.channel, free);
    }
  }

  async #attempt(
    script: string,
    options: ExecOptions,
    patience: Patience,
    note: (running: Running) => void,
  ): Promise<ExecResult> {
    const checkRoot = !this.#rooted;
    const run = await this.#wayToRoot(patience, note);
    const input = wrapScript(script, { checkRoot, tellPid: true });
    const raw = await run(input, patience, note, options.onStdout);
    const result = { ...raw, stderr: splitPid(raw.stderr).stderr };
    this.#checkRights(result, checkRoot);
    return result;
  }

  /** Ends a script on the node, over a channel of its own; nobody waits for it but close(). */
  #kill({ channel, stderr }: Running): void {
    const { pid } = splitPid(stderr);
    channel.close();
    if (pid === undefined || this.#lost || !this.#way) return;
    const options = { timeoutMs: CLOSE_MS };
    const work = async (patience: Patience) =>
      (await this.#way)?.(killScript(pid), patience, () => undefined);
    const killing = limited(this.node, `kill ${pid}`, options, work, () => undefined).catch(() => undefined);
    this.#killing.add(killing);
    void killing.then(() => this.#killing.delete(killing));
  }

  #wayToRoot(patience: Patience, note: (running: Running) => void): Promise<Run> {
    const { line, become, user, askSecret, node } = this.#setup;
    if (this.#lost) throw this.#lost;
    const onChannel = () => {
      this.#channels += 1;
    };
    this.#way ??= wayToRoot(line.client, { node, become, user, askSecret, onChannel }, patience, note);
    // A refused password may be typed again for the next script.
    this.#way.catch(() => {
      this.#way = undefined;
    });
    return this.#way;
  }

  /** Every script checks its uid until one has passed: no command ever runs with the wrong rights. */
  #checkRights(result: ExecResult, checked: boolean): void {
    if (!checked) return;
    if (result.code !== NOT_ROOT_CODE || !result.stderr.includes(NOT_ROOT)) {
      this.#rooted = true;
      return;
    }
    const uid = result.stderr.split(NOT_ROOT)[1]?.trim() || 'unknown';
    const { become } = this.#setup;
    throw become === 'none' ? notRoot(this.node, uid) : becomeFailed(this.node, become, `it gave uid ${uid}`);
  }

  #explain(error: unknown, label: string): unknown {
    if (error instanceof HastconfError || error instanceof TypeError) return error;
    const { reproduce } = this.#setup;
    if (this.#lost || error instanceof NoExitStatus) {
      return lostDuring(this.node, label, this.#lost ?? error, reproduce);
    }
    if (!(error instanceof Error) || !/channel|exec|session|not connected|no response/i.test(error.message)) {
      return error; // a question that was broken off, or a fault of our own
    }
    const more = { detail: error.message, reproduce, cause: error };
    return unreachable(this.node, `the node opened no session for: ${label}`, more);
  }

  async readFile(path: string): Promise<string | undefined> {
    return this.#files.read(path);
  }

  async writeFile(path: string, content: string, attributes: FileAttributes): Promise<void> {
    return this.#files.write(path, content, attributes);
  }

  /** Ends the connection; resolves when it is closed, at the latest after two seconds. */
  async close(): Promise<void> {
    const { client, hops, socket } = this.#setup.line;
    await Promise.all(this.#killing);
    if (!socket.destroyed) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => socket.destroy(), CLOSE_MS);
        socket.once('close', () => {
          clearTimeout(timer);
          resolve();
        });
        client.end();
        for (const hop of [...hops].reverse()) hop.end();
      });
    }
    this.#lost ??= new Error('the connection was closed by hastconf');
  }
}

/** The node counts a session until it is closed, so the slot is kept as long. */
function freeWhenClosed(channel: ClientChannel | undefined, free: () => void): void {
  if (!channel || (channel as { incoming?: { state?: string } }).incoming?.state === 'closed') {
    free();
    return;
  }
  const timer = setTimeout(free, SLOT_GRACE_MS);
  timer.unref();
  channel.once('close', () => {
    clearTimeout(timer);
    free();
  });
}
