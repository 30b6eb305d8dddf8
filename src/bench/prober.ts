import type { LabClock } from '../lab/types.js';
import type { NodeState, World } from '../lab/world/world.js';

/** Simulated milliseconds between two looks. */
const STEP_MS = 10;

/** What happened to the storage while somebody looked; simulated seconds. */
export interface Outage {
  /** Storage mounted and answering on the one node that holds the CARP address: how long that was not so. */
  withoutService: number;
  /** Storage mounted and answering on whichever node: how long that was not so. */
  withoutStorage: number;
  /** From the start until service was there for good; undefined: it was not at the end. */
  servedAfter: number | undefined;
  /** From the start until another node than at first held the address alone; undefined: none did. */
  addressMovedAfter: number | undefined;
  /** Nodes on which the storage appeared, in order. */
  appeared: string[];
  /** Simulated programs that the nodes have called. */
  commands: number;
  /** How long it was watched. */
  watched: number;
}

interface Sight {
  at: number;
  /** The one node that is MASTER. */
  holder: string | undefined;
  stored: string[];
}

/** Looks from outside at who holds the address and where the storage can be used. */
export class Prober {
  readonly #world: World;
  readonly #clock: LabClock;
  readonly #mountpoint: string;
  readonly #sights: Sight[] = [];
  #cancel: (() => void) | undefined;
  #commandsBefore = 0;

  constructor(world: World, clock: LabClock, mountpoint: string) {
    this.#world = world;
    this.#clock = clock;
    this.#mountpoint = mountpoint;
  }

  start(): void {
    this.#sights.length = 0;
    this.#commandsBefore = this.#commands();
    this.#tick();
  }

  /** Ends the watch and judges it. */
  stop(): Outage {
    this.#cancel?.();
    this.#sights.push(this.look());
    return { ...judge(this.#sights), commands: this.#commands() - this.#commandsBefore };
  }

  look(): Sight {
    const { nodes, now } = this.#world.describe();
    const all = Object.entries(nodes);
    const holders = all.filter(([, node]) => isMaster(node)).map(([name]) => name);
    const stored = all.filter(([, node]) => this.#hasStorage(node)).map(([name]) => name);
    return { at: now, holder: holders.length === 1 ? holders[0] : undefined, stored };
  }

  #tick(): void {
    this.#sights.push(this.look());
    this.#cancel = this.#clock.after(STEP_MS, () => this.#tick());
  }

  #hasStorage(node: NodeState): boolean {
    if (node.power === 'off') return false;
    return node.mounts.some((mount) => mount.mountpoint === this.#mountpoint && mount.answers);
  }

  #commands(): number {
    const { nodes } = this.#world.describe();
    return Object.values(nodes).reduce((sum, node) => sum + node.commandsRun, 0);
  }
}

export function isMaster(node: NodeState): boolean {
  return node.power !== 'off' && node.carp.some(({ state }) => state === 'MASTER');
}

export function serves(sight: Sight): boolean {
  return sight.holder !== undefined && sight.stored.includes(sight.holder);
}

/** Pure; what was seen holds until the next sight. */
export function judge(sights: readonly Sight[]): Omit<Outage, 'commands'> {
  const first = sights[0];
  const last = sights.at(-1);
  if (first === undefined || last === undefined) throw new Error('nothing was seen');
  const seconds = (sight: Sight) => (sight.at - first.at) / 1000;
  const lengthOf = (so: (sight: Sight) => boolean): number =>
    sights.reduce((sum, sight, index) => {
      const next = sights[index + 1];
      return next !== undefined && so(sight) ? sum + (next.at - sight.at) / 1000 : sum;
    }, 0);
  const lastBad = sights.findLastIndex((sight) => !serves(sight));
  const back = sights[lastBad + 1];
  const moved = sights.find(({ holder }) => holder !== undefined && holder !== first.holder);
  return {
    withoutService: lengthOf((sight) => !serves(sight)),
    withoutStorage: lengthOf((sight) => sight.stored.length === 0),
    servedAfter: back === undefined ? undefined : seconds(back),
    addressMovedAfter: moved === undefined ? undefined : seconds(moved),
    appeared: sights.flatMap((sight, index) =>
      index === 0 ? [] : sight.stored.filter((name) => !sights[index - 1]?.stored.includes(name)),
    ),
    watched: seconds(last),
  };
}
