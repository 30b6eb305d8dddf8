import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PairFacts } from '../plan/types.js';
import type { Target } from '../remote/target.js';
import type { ClusterSpec } from '../spec/types.js';
import { AddressProber, addressToProbe } from './address-prober.js';
import { type Gap, type Outages, outagesOf, type Sighting } from './outage.js';
import { probeScript, type Trace, tracesOf } from './probe-script.js';

/** Longer than any move; the script ends by itself before. */
const LIMIT_MS = 3_600_000;
const FIRST_LOOK_MS = 10_000;

/** Looks all the time, over one channel a node and from here, at who has the storage and who has the address. */
export class Prober {
  readonly #sightings: Sighting[] = [];
  readonly #stop = new AbortController();
  readonly #watches: Promise<void>[] = [];
  readonly #traces: readonly Trace[];
  readonly #address: AddressProber | undefined;

  constructor(
    private readonly spec: ClusterSpec,
    targets: readonly Target[],
    facts: PairFacts,
  ) {
    this.#traces = tracesOf(spec, facts);
    for (const target of targets) this.watch(target);
    const address = addressToProbe(spec);
    this.#address = address === undefined ? undefined : new AddressProber(address);
  }

  /** Watches a node as well, for example on a new connection after it was away. */
  watch(target: Target): void {
    const nonce = randomBytes(8).toString('hex');
    const script = probeScript(this.spec, { nonce, node: target.node, traces: this.#traces });
    this.#watches.push(this.#watch(target, nonce, script));
  }

  /** Resolves when every node was seen once, or after some seconds without that. */
  async ready(): Promise<void> {
    const until = performance.now() + FIRST_LOOK_MS;
    const missing = () => this.spec.nodes.some(({ name }) => this.last(name) === undefined);
    while (missing() && performance.now() < until) await sleep(50);
  }

  /** The last word of a node. */
  last(node: string): Sighting | undefined {
    return this.#sightings.findLast((one) => one.node === node);
  }

  /** The first moment since `from` at which the node had the storage and the address; undefined: it had not. */
  firstServed(node: string, from: number): number | undefined {
    return this.#sightings.find((one) => one.node === node && one.at >= from && one.storage && one.address)
      ?.at;
  }

  outages(from: number, to: number): Outages {
    return outagesOf(this.#sightings, from, to);
  }

  /** As this machine saw the shared address; undefined: it is not on this machine's networks, or never answered. */
  fromHere(from: number, to: number): Gap[] | undefined {
    return this.#address?.gaps(from, to);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all([...this.#watches, this.#address?.stop()]);
  }

  /** A node that cannot be watched is one that has nothing: that is what the gaps show. */
  async #watch(target: Target, nonce: string, script: string): Promise<void> {
    let rest = '';
    const onStdout = (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#see(target.node, nonce, line);
    };
    const { signal } = this.#stop;
    await target.script(script, { timeoutMs: LIMIT_MS, signal, onStdout }).catch(() => undefined);
  }

  #see(node: string, nonce: string, line: string): void {
    const [mark, storage, address] = line.split(' ');
    if (mark !== nonce) return;
    const at = performance.now();
    this.#sightings.push({ node, at, storage: storage === '1', address: address === '1' });
  }
}
