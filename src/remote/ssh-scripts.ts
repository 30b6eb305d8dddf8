import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, ClientChannel } from 'ssh2';
import { HastconfError } from '../errors.js';
import { wayToRoot } from './become.js';
import { EndlessAnswer, NoExitStatus, type Running } from './channel.js';
import { becomeFailed, endlessAnswer, lostDuring, notRoot, unreachable } from './failure.js';
import { limited, type Patience } from './limits.js';
import type { Rooting, Run } from './rooting.js';
import { killScript, NOT_ROOT, NOT_ROOT_CODE, OwnStdout, splitPid, wrapScript } from './script.js';
import { Slots } from './slots.js';
import type { ExecOptions, ExecResult } from './target.js';

/** sshd allows ten sessions a connection (MaxSessions); SFTP holds one, one is left for ending scripts. */
const MOST_CHANNELS = 8;
/** How long a killed channel may keep its slot when the node does not confirm. */
const SLOT_GRACE_MS = 5_000;
const KILL_MS = 1_000;
const AGAIN_MS = 200;
const MOST_TRIES = 20;

export interface SshScriptsSetup extends Rooting {
  client: Client;
  /** Why the line is gone; undefined while it stands. */
  lost: () => Error | undefined;
  /** Frees the session that files have. */
  giveSessionUp: () => void;
  reproduce: string;
}

/** A slot that may be traded for another one while it is held. */
class Slot {
  #free: () => void;

  constructor(free: () => void) {
    this.#free = free;
  }

  replace(free: () => void): void {
    this.#free = free;
  }

  give(): void {
    this.#free();
  }
}

/** SSH_MSG_CHANNEL_OPEN_FAILURE (RFC 4254, 5.1); ssh2 passes its reason on as a number. */
function isSessionRefused(error: unknown): boolean {
  return error instanceof Error && typeof (error as { reason?: unknown }).reason === 'number';
}

/** Runs scripts on channels of one connection, as root. */
export class SshScripts {
  readonly #setup: SshScriptsSetup;
  readonly #slots = new Slots(MOST_CHANNELS);
  readonly #killing = new Set<Promise<unknown>>();
  #rooted = false;
  #way: Promise<Run> | undefined;

  constructor(setup: SshScriptsSetup) {
    this.#setup = setup;
  }

  /** `label` names the script in messages; its text never does. */
  async run(script: string, label: string, options: ExecOptions = {}): Promise<ExecResult> {
    const free = new Slot(await this.#slots.take());
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
    const work = (patience: Patience) =>
      this.#withRoom(free, () => this.#attempt(script, options, patience, note));
    try {
      return await limited(this.#setup.node, label, options, work, kill);
    } catch (error) {
      throw this.#explain(error, label);
    } finally {
      freeWhenClosed(running?.channel, () => free.give());
    }
  }

  /**
   * A node may allow fewer sessions (MaxSessions, down to one): then SFTP gives its own up for good, and scripts wait
   * for each other. Nothing has run in a session that was refused, so it can be asked for again.
   */
  async #withRoom<T>(slot: Slot, work: () => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries += 1) {
      try {
        return await work();
      } catch (error) {
        if (!isSessionRefused(error) || this.#setup.lost() || tries >= MOST_TRIES) throw error;
        this.#setup.giveSessionUp();
        const next = await this.#slots.trade();
        if (next) slot.replace(next);
        // sshd counts a session until its process has been waited for.
        else await sleep(AGAIN_MS);
      }
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
    const own = new OwnStdout(options.onStdout);
    // Without anybody who listens, an answer without end is given up.
    const raw = await run(input, patience, note, options.onStdout && own.add);
    const result = { ...raw, stdout: own.of(raw.stdout), stderr: splitPid(raw.stderr).stderr };
    this.#checkRights(result, checkRoot);
    return result;
  }

  #wayToRoot(patience: Patience, note: (running: Running) => void): Promise<Run> {
    const lost = this.#setup.lost();
    if (lost) throw lost;
    this.#way ??= wayToRoot(this.#setup.client, this.#setup, patience, note);
    // A probe that failed may be repeated by the next script.
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
    const { node, become } = this.#setup;
    const uid = result.stderr.split(NOT_ROOT)[1]?.trim() || 'unknown';
    throw become === 'none' ? notRoot(node, uid) : becomeFailed(node, become, `it gave uid ${uid}`);
  }

  /** Ends a script on the node, over a channel of its own; nobody waits for it but {@link killsDone}. */
  #kill({ channel, stderr }: Running): void {
    const { pid } = splitPid(stderr);
    channel.close();
    if (pid === undefined || this.#setup.lost() || !this.#way) return;
    const way = this.#way;
    const work = async (patience: Patience) => (await way)(killScript(pid), patience, () => undefined);
    const { node } = this.#setup;
    const killing = limited(node, `kill ${pid}`, { timeoutMs: KILL_MS }, work, () => undefined).catch(
      () => undefined,
    );
    this.#killing.add(killing);
    void killing.then(() => this.#killing.delete(killing));
  }

  /** Resolves when every script that was given up has been told to stop, or cannot be. */
  async killsDone(): Promise<void> {
    await Promise.all(this.#killing);
  }

  #explain(error: unknown, label: string): unknown {
    if (error instanceof HastconfError || error instanceof TypeError) return error;
    const { node, reproduce, lost } = this.#setup;
    if (error instanceof EndlessAnswer) return endlessAnswer(node, label, error);
    if (lost() || error instanceof NoExitStatus) return lostDuring(node, label, lost() ?? error, reproduce);
    if (!(error instanceof Error) || !/channel|exec|session|not connected|no response/i.test(error.message)) {
      return error; // a question that was broken off, or a fault of our own
    }
    const more = { detail: error.message, reproduce, cause: error };
    return unreachable(node, `the node opened no session for: ${label}`, more);
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
