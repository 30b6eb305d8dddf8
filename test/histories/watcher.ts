import type { Lab } from '../../src/lab/lab.js';
import type { NodeState } from '../../src/lab/world/world.js';

/** Simulated milliseconds between two looks. */
const PERIOD = 50;

/** Looks at both machines from outside all the time: who could be served by whom, and what must never be. */
export class Watcher {
  /** What must never be and was seen. */
  readonly violations: string[] = [];
  /** Times (simulated ms) at which the storage became available (true) or unavailable. */
  readonly #changes: { at: number; served: boolean }[] = [];
  #cancel: () => void = () => undefined;

  constructor(
    private readonly lab: Lab,
    /** Mount points that belong to the storage. */
    private readonly mountpoints: readonly string[],
  ) {
    this.#look();
  }

  stop(): void {
    this.#cancel();
  }

  /** Simulated seconds since `start` (ms) in which no node had both the address and the storage. */
  outage(start: number): number {
    let lost = 0;
    let since: number | undefined;
    for (const { at, served } of this.#changes) {
      if (since !== undefined) lost += Math.max(0, at - Math.max(since, start));
      since = served ? undefined : at;
    }
    if (since !== undefined) lost += this.lab.clock.now() - Math.max(since, start);
    return lost / 1000;
  }

  mounted(node: NodeState | undefined): boolean {
    return node?.power !== 'off' && (node?.mounts ?? []).some((one) => this.#ours(one.mountpoint));
  }

  #look(): void {
    this.observe();
    this.#cancel = this.lab.clock.after(PERIOD, () => this.#look());
  }

  /** Notes what is so now; what is waited for has begun before anybody goes on because of it. */
  observe(): void {
    const { now, nodes } = this.lab.world.describe();
    const states = Object.entries(nodes);
    const serving = states.filter(([, node]) => this.#serves(node)).length > 0;
    if (this.#changes.at(-1)?.served !== serving) this.#changes.push({ at: now, served: serving });
    const mounted = states.filter(([, node]) => this.mounted(node));
    if (mounted.length > 1) this.#violation('both nodes have the storage mounted');
    for (const [name, node] of mounted)
      if (node.hast.some(({ role }) => role === 'secondary'))
        this.#violation(`${name} is secondary below a mounted file system`);
  }

  #serves(node: NodeState): boolean {
    const address = node.carp.some(({ state }) => state === 'MASTER');
    const answering = node.mounts.filter((one) => this.#ours(one.mountpoint) && one.answers);
    return node.power !== 'off' && address && answering.length === this.mountpoints.length;
  }

  #ours(mountpoint: string): boolean {
    return this.mountpoints.includes(mountpoint);
  }

  #violation(what: string): void {
    if (this.violations.at(-1) !== what) this.violations.push(what);
  }
}
