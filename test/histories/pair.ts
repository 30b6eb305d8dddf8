import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Lab, startLab } from '../../src/lab/lab.js';
import type { LabWorld, NodeState } from '../../src/lab/world/world.js';
import { AGENT, install, must, NAMES, type NodeName, other, type PairPlan } from './install.js';
import { Watcher } from './watcher.js';

/** Idle time runs this many times faster; computing costs a fifth, so that a busy host does not count. */
const ACCELERATE = 100;
const PACE = 0.2;
/** Simulated milliseconds that a program costs at least, about what a fork and exec take. */
const COMMAND_MS = 4;

/** What the agent says of itself; see its `status --json`. */
export interface AgentStatus {
  state: string;
  fresh: string;
  epoch: number;
  agreedEpoch: number;
  reason: string;
  peerState: string;
  carp: { state: string; advskew: number | null };
  hastd: boolean;
  link: string;
  mounts: string[];
  alarms: string[];
  maintenanceUntil: number | null;
  lastTransition: { from: string; to: string; reason: string; seconds: number } | null;
}

/** Two lab nodes with the agent installed and running, under a watcher. */
export class Pair {
  /** Markers that a client got acknowledged: written and fsynced. */
  readonly acknowledged = new Set<string>();
  /** Figures of the current history. */
  readonly notes: string[] = [];
  #markers = 0;

  private constructor(
    readonly lab: Lab,
    readonly watcher: Watcher,
    private readonly mountpoints: readonly string[],
  ) {}

  static async start(plan: PairPlan = {}, mountpoints: readonly string[] = ['/hast/disk0']): Promise<Pair> {
    const dir = mkdtempSync(join(tmpdir(), 'hastconf-histories-'));
    const warn = (text: string) => process.stderr.write(`${text}\n`);
    const lab = await startLab({ dir, accelerate: ACCELERATE, pace: PACE, commandMs: COMMAND_MS, warn });
    const pair = new Pair(lab, new Watcher(lab, mountpoints), mountpoints);
    try {
      await install(lab, plan);
      await pair.settled('hasta');
      return pair;
    } catch (error) {
      await pair.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.watcher.stop();
    await this.lab.stop();
    rmSync(this.lab.dir, { recursive: true, force: true });
  }

  get now(): number {
    return this.lab.clock.now();
  }

  sh(node: NodeName, script: string): Promise<string> {
    return must(this.lab, node, script);
  }

  /** Runs a verb of the agent as the operator does. */
  agent(node: NodeName, words: string): Promise<{ code: number; stdout: string; stderr: string }> {
    return this.lab.exec(node, `${AGENT} ${words}`);
  }

  fault(name: string, ...args: string[]): Promise<string> {
    return this.lab.fault(name, args);
  }

  machine(node: NodeName): NodeState {
    const found = this.lab.world.describe().nodes[node];
    if (!found) throw new Error(`no node ${node}`);
    return found;
  }

  mounted(node: NodeName): boolean {
    return this.watcher.mounted(this.machine(node));
  }

  carp(node: NodeName): { state: string; advskew: number } {
    return this.machine(node).carp[0] ?? { state: 'none', advskew: -1 };
  }

  roles(node: NodeName): string {
    return this.machine(node)
      .hast.map(({ role }) => role)
      .join(' ');
  }

  /** Whether a reject route to the peer is in the node's routing table. */
  rejects(node: NodeName): boolean {
    const { core } = this.lab.world as LabWorld;
    return core.machine(node).interfaces.rejected.size > 0;
  }

  /** Seconds without storage, for the summary of the run. */
  note(what: string, seconds: number): void {
    this.notes.push(`${what} ${seconds.toFixed(2)} s`.trim());
  }

  /** What the agent published last; undefined before it has. */
  async published(node: NodeName): Promise<AgentStatus | undefined> {
    const text = await this.lab.node(node).host.files.read('/var/run/hastconf/status.json');
    return text === undefined ? undefined : (JSON.parse(text) as AgentStatus);
  }

  /** The agent's lines in the node's log, the newest last. */
  async log(node: NodeName): Promise<string[]> {
    const text = (await this.lab.node(node).host.files.read('/var/log/messages')) ?? '';
    return text.split('\n').filter((line) => line.includes('carp-hast-switch'));
  }

  /** Polls in simulated time until it is so; answers the seconds that it took. */
  async until(what: string, limit: number, so: () => Promise<boolean> | boolean): Promise<number> {
    const start = this.now;
    while (!(await so())) {
      if (this.now - start > limit * 1000) throw new Error(`not within ${limit} s: ${what}`);
      await this.lab.clock.sleep(100);
    }
    this.watcher.observe();
    return (this.now - start) / 1000;
  }

  /** Lets simulated time pass, for what must not happen meanwhile. */
  pass(seconds: number): Promise<void> {
    return this.lab.clock.sleep(seconds * 1000);
  }

  serves(node: NodeName, limit = 60): Promise<number> {
    return this.until(`${node} serves`, limit, () => {
      const mounts = this.machine(node).mounts.filter((one) => one.answers);
      const all = this.mountpoints.every((point) => mounts.some(({ mountpoint }) => mountpoint === point));
      return all && this.carp(node).state === 'MASTER';
    });
  }

  says(node: NodeName, what: Partial<AgentStatus>, limit = 60): Promise<number> {
    return this.until(`${node} says ${JSON.stringify(what)}`, limit, async () => {
      const said = await this.published(node);
      return Object.entries(what).every(([key, value]) => said?.[key as keyof AgentStatus] === value);
    });
  }

  alarm(node: NodeName, name: string, limit = 60): Promise<number> {
    return this.until(
      `${node} raises ${name}`,
      limit,
      async () => (await this.published(node))?.alarms.includes(name) === true,
    );
  }

  /** One serves with both copies equal, the other is a fresh standby, both know it, and no alarm stands. */
  settled(serving: NodeName, limit = 120): Promise<number> {
    return this.until(`${serving} serves, ${other(serving)} is its fresh standby`, limit, () =>
      this.atRest(serving),
    );
  }

  /** Whoever it is that serves in the end. */
  async anySettled(limit = 120): Promise<NodeName> {
    let found: NodeName | undefined;
    await this.until('one serves and the other is its fresh standby', limit, async () => {
      for (const node of NAMES) if (await this.atRest(node)) found = node;
      return found !== undefined;
    });
    return found ?? 'hasta';
  }

  async atRest(serving: NodeName): Promise<boolean> {
    const standby = other(serving);
    const inSync = this.machine(serving).hast.every(
      ({ role, status, dirty }) => role === 'primary' && status === 'complete' && dirty === 0,
    );
    const hot = this.carp(serving);
    const cold = this.carp(standby);
    const live = `${hot.state} ${hot.advskew} ${cold.state} ${cold.advskew}` === 'MASTER 0 BACKUP 20';
    if (!inSync || !live || !this.mounted(serving) || this.mounted(standby)) return false;
    const [first, second] = [await this.published(serving), await this.published(standby)];
    if (first?.state !== 'serving' || second?.state !== 'standby' || second.fresh !== 'fresh') return false;
    const epochs = first.epoch === first.agreedEpoch && first.epoch === second.epoch;
    return epochs && first.alarms.length + second.alarms.length === 0;
  }

  /** A client's write: acknowledged only when fsync returned on the served file system. Answers its name. */
  async write(node: NodeName): Promise<string> {
    const name = `m${++this.#markers}`;
    const served = this.mountpoints
      .map(
        (point) => `mount | grep -q " ${point} " && echo ${name} >${point}/${name} && fsync ${point}/${name}`,
      )
      .join(' && ');
    const { code, stderr } = await this.lab.exec(node, served);
    if (code !== 0) throw new Error(`${node}: the client's write failed (${code}): ${stderr}`);
    this.acknowledged.add(name);
    return name;
  }

  /** Acknowledged markers that the node does not serve. */
  async missing(node: NodeName): Promise<string[]> {
    const lost: string[] = [];
    for (const point of this.mountpoints) {
      const there = (await this.sh(node, `ls ${point}`)).split('\n');
      lost.push(...[...this.acknowledged].filter((name) => !there.includes(name)));
    }
    return lost;
  }

  /** What must never be left behind on a node at rest: routes, marks of unfinished work, a held lock. */
  leftovers(node: NodeName): Promise<string> {
    return this.sh(
      node,
      `netstat -rn -f inet | grep 127.0.0.1 | grep -v ^127
ls /var/run/hastconf | grep -E '^(rejected|request|wanted|ask|witness|done)'
ls -a /var/db/hastconf/spool | grep -vE '^([.]*|[.]stream[.](rep|lan))$'
ls /var/run/hastconf /var/db/hastconf | grep -F .new
lockf -k -s -t 20 /var/run/hastconf/lock true || echo 'the lock is held'
[ "$(sysctl -n net.inet.carp.demotion)" = 0 ] || echo 'CARP is demoted'
true`,
    );
  }

  /** For failures: what both machines and agents have said. */
  async story(): Promise<string> {
    const script =
      'tail -n 50 /var/log/messages; hastctl status; ifconfig vtnet1; mount; cat /var/db/hastconf/record /var/run/hastconf/public /var/run/hastconf/status.json; ls /var/run/hastconf';
    const parts = NAMES.map(async (node) => {
      const said = await this.lab.exec(node, script).catch((error: unknown) => ({ stdout: String(error) }));
      return `--- ${node}\n${said.stdout}`;
    });
    return (await Promise.all(parts)).join('\n');
  }
}
