import { setTimeout as sleep } from 'node:timers/promises';
import { gapsOf, gapText, LINE, longestGap, lostLines } from './judge.js';
import type { LineStream, NodeLink } from './node-link.js';
import type { Acknowledged, Measured, Saying } from './types.js';
import { Writer } from './writer.js';

/** Machines of which exactly one has the lines, and the directory there. */
export interface Reading {
  links: readonly NodeLink[];
  directory: string;
}

/** What is seen of a pair from outside while a scenario runs: acknowledged lines, and what the machines log. */
export class Evidence {
  readonly measured: Measured[] = [];
  readonly sayings: Saying[] = [];
  readonly began = Date.now();
  readonly #say: (text: string) => void;
  readonly #writers: Writer[] = [];
  readonly #logs: LineStream[] = [];
  /** Where the lines are looked for in the end; undefined: nothing is written. */
  #read: Reading | undefined;

  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  get acknowledged(): Acknowledged[] {
    return this.#writers.flatMap((writer) => writer.acknowledged);
  }

  /** Tries of the writers that came to nothing. */
  get refused(): number {
    return this.#writers.reduce((sum, { refused }) => sum + refused, 0);
  }

  /**
   * Starts a writer on each machine. The directory must be there, and only where the storage is. `read`: where the lines
   * are looked for, when that is elsewhere.
   */
  async write(links: readonly NodeLink[], directory: string, read?: Reading): Promise<void> {
    this.#read = read ?? { links, directory };
    for (const link of links) {
      const writer = new Writer(link, directory);
      this.#writers.push(writer);
      writer.start();
      await this.follow(link);
    }
  }

  /** From now on what the machine logs is kept, with the times at which it came. */
  async follow(link: NodeLink): Promise<void> {
    const heard = (text: string) => this.sayings.push({ at: Date.now() - this.began, node: link.name, text });
    try {
      this.#logs.push(await link.stream('exec tail -n 0 -F /var/log/messages\n', heard));
    } catch (error) {
      this.#say(`${link.name}: its log cannot be followed: ${String(error)}`);
    }
  }

  /** Does something to the pair and keeps the longest stretch without an acknowledged line until it is over. */
  async measure(what: string, work: () => Promise<unknown>): Promise<void> {
    const from = this.acknowledged.reduce((latest, { at }) => Math.max(latest, at), 0) || Date.now();
    try {
      await work();
    } finally {
      const within = this.acknowledged.filter(({ at }) => at >= from);
      const gap = longestGap(gapsOf(within, this.began, Date.now()).slice(1));
      if (gap) {
        this.measured.push({ what, gap });
        this.#say(`${what}: ${gapText(gap)}`);
      }
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#writers.map((writer) => writer.stop()));
  }

  /** Acknowledged lines that the storage no longer has. Throws when not exactly one node has it mounted. */
  async lost(): Promise<string[]> {
    // What was acknowledged before the look has to be there.
    const acknowledged = this.acknowledged;
    if (acknowledged.length === 0 || this.#read === undefined) return [];
    const read: string[] = [];
    const { links, directory } = this.#read;
    for (const link of links) {
      const script = `[ -d ${directory} ] && cat ${directory}/*.log`;
      const { code, stdout } = await link.sh(script, 60_000);
      if (code === 0) read.push(stdout);
    }
    // With two histories each would hide what the other has lost.
    if (read.length !== 1) throw new Error(`${read.length} nodes have the storage mounted, not one`);
    const found = new Set(
      read
        .join('')
        .split('\n')
        .filter((line) => LINE.test(line)),
    );
    return lostLines(acknowledged, found);
  }

  close(): void {
    for (const log of this.#logs) log.close();
  }
}

/** Looks once a second, first at once. Resolves with the milliseconds it took; undefined: not within the time. */
export async function poll(
  so: () => Promise<boolean>,
  limitMs: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  const from = Date.now();
  for (;;) {
    signal.throwIfAborted();
    if (await so()) return Date.now() - from;
    if (Date.now() - from > limitMs) return undefined;
    await sleep(1000);
  }
}
