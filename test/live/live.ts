import { setTimeout as sleep } from 'node:timers/promises';
import type { MachineLab } from '../../src/lab/machines/types.js';
import { type AgentStatus, agentStatus, atRest } from './agent-status.js';
import { Evidence, poll } from './evidence.js';
import { type CommandResult, hastconf } from './hastconf.js';
import { NodeLink, type ShellResult } from './node-link.js';
import type { Contender } from './types.js';

/** Longest wait for a pair to come to rest: a boot, a peer's answer and a synchronisation. */
const REST_MS = 240_000;
export const NODES = ['hasta', 'hastb'] as const;

/** What a scenario promises and did not keep. */
export class Broken extends Error {}

/** The whole run has no more time: nobody's fault. */
export class OutOfTime extends Error {}

export interface LiveOptions {
  machines: MachineLab;
  /** Port of each machine's sshd. */
  ports: ReadonlyMap<string, number>;
  privateKey: string;
  contender: Contender;
  /** Where the pair's cluster file lies. */
  clusterFile: string;
  /** Rounds of scenarios that repeat. */
  rounds: number;
  seed: number;
  /** Random faults of the torture scenario. */
  faults: number;
  say: (text: string) => void;
  /** Aborted when the scenario's time is over. */
  signal: AbortSignal;
}

/** A pair of machines in the hands of one scenario. */
export class Live {
  readonly machines: MachineLab;
  readonly contender: Contender;
  readonly rounds: number;
  readonly seed: number;
  readonly faults: number;
  readonly notes: string[] = [];
  readonly evidence: Evidence;
  clusterFile: string;
  readonly #links = new Map<string, NodeLink>();
  readonly #options: LiveOptions;

  constructor(options: LiveOptions) {
    this.#options = options;
    this.evidence = new Evidence((text) => this.say(text));
    this.machines = options.machines;
    this.contender = options.contender;
    this.rounds = options.rounds;
    this.seed = options.seed;
    this.faults = options.faults;
    this.clusterFile = options.clusterFile;
    for (const [name, port] of options.ports) {
      this.#links.set(name, new NodeLink(name, port, options.privateKey));
    }
  }

  link(name: string): NodeLink {
    const found = this.#links.get(name);
    if (!found) throw new Broken(`there is no machine ${name}`);
    return found;
  }

  other(name: string): string {
    return name === 'hasta' ? 'hastb' : 'hasta';
  }

  note(text: string): void {
    this.notes.push(text);
    this.say(text);
  }

  say(text: string): void {
    const at = ((Date.now() - this.evidence.began) / 1000).toFixed(1);
    this.#options.say(`${at.padStart(7)} s  ${text}`);
  }

  /** Throws when what the scenario promises is not so. */
  expect(condition: boolean, what: string): void {
    if (!condition) throw new Broken(what);
  }

  sh(node: string, script: string, timeoutMs?: number): Promise<ShellResult> {
    return this.link(node).sh(script, timeoutMs);
  }

  /** The same; throws when it does not exit with 0. */
  async must(node: string, script: string, timeoutMs?: number): Promise<string> {
    const { code, stdout, stderr } = await this.sh(node, script, timeoutMs);
    this.expect(
      code === 0,
      `${node}: exit ${code}: ${script.trim()}: ${(stderr || stdout).slice(-600).trim()}`,
    );
    return stdout;
  }

  /** hastconf in a process of its own, on the pair's cluster file. Throws when it exits otherwise than expected. */
  async hastconf(
    args: readonly string[],
    options: { code?: number; timeoutMs?: number; signal?: AbortSignal } = {},
  ): Promise<CommandResult> {
    const result = await hastconf(['-f', this.clusterFile, ...args], {
      timeoutMs: options.timeoutMs ?? 300_000,
      signal: options.signal ? AbortSignal.any([options.signal, this.#options.signal]) : this.#options.signal,
    });
    const wanted = options.code ?? 0;
    const words = `${result.stdout}\n${result.stderr}`.trim().slice(-1500);
    this.expect(
      result.code === wanted,
      `hastconf ${args.join(' ')}: exit ${result.code}, not ${wanted}: ${words}`,
    );
    return result;
  }

  async fault(...words: string[]): Promise<string> {
    const { name } = await this.machines.fault(words);
    this.say(`fault ${words.join(' ')}`);
    return name;
  }

  async undo(name: string): Promise<void> {
    await this.machines.undo(name);
    this.say(`undo ${name}`);
  }

  async powerCut(node: string): Promise<void> {
    await this.machines.powerCut(node);
    this.link(node).drop();
    this.say(`power cut of ${node}`);
  }

  async powerOn(node: string): Promise<void> {
    this.say(`power on of ${node}`);
    await this.machines.powerOn(node);
    await this.evidence.follow(this.link(node));
    this.say(`${node} answers`);
  }

  /** Switches off in order, as an administrator does, and waits for the power to be off. */
  async shutdown(node: string): Promise<void> {
    this.say(`shutdown of ${node}`);
    await this.sh(node, 'shutdown -p now >/dev/null 2>&1', 15_000);
    await this.until(`${node} has switched itself off`, 120_000, async () => {
      const state = (await this.machines.nodes()).find(({ name }) => name === node)?.power;
      return state === 'off';
    });
    this.link(node).drop();
  }

  /** Waits for a condition, with a look a second. Throws with the last words of `sight` when it does not come. */
  async until(
    what: string,
    limitMs: number,
    so: () => Promise<boolean>,
    sight?: () => Promise<string>,
  ): Promise<number> {
    const took = await poll(so, limitMs, this.#options.signal);
    if (took !== undefined) return took;
    const words = sight ? `: ${await sight()}` : '';
    throw new Broken(`not within ${Math.round(limitMs / 1000)} s: ${what}${words}`);
  }

  async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#options.signal });
  }

  agent(node: string): Promise<AgentStatus | undefined> {
    return agentStatus(this.link(node));
  }

  async serving(): Promise<string> {
    const states = await Promise.all(NODES.map((name) => this.agent(name)));
    const serving = NODES.filter((_, index) => states[index]?.state === 'serving');
    this.expect(serving.length === 1, `one node serves: ${JSON.stringify(states)}`);
    return serving[0] ?? '';
  }

  /** Waits until one node serves (this one, when named) and the other could take over, with equal copies. */
  async settled(node?: string, limitMs = REST_MS): Promise<string> {
    if (this.contender === 'recipe') return this.#served(limitMs);
    let seen: (AgentStatus | undefined)[] = [];
    const took = await this.until(
      `${node ?? 'one node'} serves and the other is a fresh standby with nothing left to copy`,
      limitMs,
      async () => {
        seen = await Promise.all(NODES.map((name) => this.agent(name)));
        return NODES.some((name, index) => atRest(name, seen[index], seen[1 - index], node));
      },
      async () => JSON.stringify(seen),
    );
    const serving = NODES.find((_, index) => seen[index]?.state === 'serving') ?? '';
    this.say(`at rest after ${(took / 1000).toFixed(0)} s: ${serving} serves`);
    return serving;
  }

  /** The recipe has no idea of rest: somebody acknowledges lines, or nobody does within the time. */
  async #served(limitMs: number): Promise<string> {
    const from = this.evidence.acknowledged.length;
    const goesOn = async () => this.evidence.acknowledged.length >= from + 20;
    await poll(goesOn, Math.min(limitMs, 90_000), this.#options.signal);
    return this.evidence.acknowledged.at(-1)?.node ?? '';
  }

  /** A planned move, as its administrator asks for it. */
  async move(to: string): Promise<void> {
    this.say(`planned move to ${to}`);
    if (this.contender === 'hastconf') {
      await this.must(to, '/usr/local/sbin/carp-hast-switch promote', 120_000);
      return;
    }
    const [node, skew] = to === 'hasta' ? ['hasta', 10] : ['hasta', 240];
    await this.must(node, `ifconfig vtnet1 vhid 1 advskew ${skew}`);
  }

  measure(what: string, work: () => Promise<unknown>): Promise<void> {
    return this.evidence.measure(what, work);
  }

  /** Writers on both nodes; resolves when the first line is acknowledged. */
  async write(where: { mountpoint?: string; serving?: string } = {}): Promise<void> {
    const directory = `${where.mountpoint ?? '/hast/disk0'}/live`;
    const byRecipe = this.contender === 'recipe' ? 'hasta' : undefined;
    const serving = where.serving ?? byRecipe ?? (await this.serving());
    await this.must(serving, `mkdir -p ${directory}`);
    await this.evidence.write(
      NODES.map((name) => this.link(name)),
      directory,
    );
    const first = async () => this.evidence.acknowledged.length > 0;
    await this.until('the first line is acknowledged', 60_000, first);
  }

  /** A writer on a client of the pair; the lines are looked for in `read`, which one machine of `readers` has. */
  async writeFrom(
    client: string,
    mountpoint: string,
    read: { mountpoint: string; readers: readonly string[] },
  ): Promise<void> {
    await this.must(client, `mkdir -p ${mountpoint}/live`);
    const links = read.readers.map((name) => this.link(name));
    await this.evidence.write([this.link(client)], `${mountpoint}/live`, {
      links,
      directory: `${read.mountpoint}/live`,
    });
    for (const name of NODES) await this.evidence.follow(this.link(name));
    const first = async () => this.evidence.acknowledged.length > 0;
    await this.until(`the first line of ${client} is acknowledged`, 60_000, first);
  }

  /** Waits until so many more lines have been acknowledged by the node. */
  async lines(count: number, node: string, limitMs = 60_000): Promise<void> {
    const own = () => this.evidence.acknowledged.filter((one) => one.node === node).length;
    const from = own();
    await this.until(`${node} acknowledges ${count} lines`, limitMs, async () => own() >= from + count);
  }

  /** Acknowledged lines that the storage no longer has. */
  lost(): Promise<string[]> {
    return this.evidence.lost();
  }

  /** Machines that do not answer hastctl any more: a kernel or a hastd that is stuck. */
  async stuck(): Promise<string[]> {
    const powers = await this.machines.nodes();
    const on = NODES.filter((name) => powers.find((one) => one.name === name)?.power === 'on');
    const answers = await Promise.all(
      on.map(async (name) => (await this.sh(name, 'hastctl status >/dev/null', 45_000)).code !== null),
    );
    return on.filter((_, index) => !answers[index]);
  }

  close(): void {
    this.evidence.close();
    for (const link of this.#links.values()) link.drop();
  }
}
