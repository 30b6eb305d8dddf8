import { HastconfError } from '../errors.js';
import { parseHastList } from '../facts/hast-list.js';
import { factsRequest } from '../facts/request.js';
import type { FactsRequest, NodeFacts } from '../facts/types.js';
import type { Target } from '../remote/target.js';
import type { NodeReading } from '../report/status-types.js';
import type { ClusterSpec, NodeSpec } from '../spec/types.js';

export interface ReaderDeps {
  connect: (node: NodeSpec) => Promise<Target>;
  gather: (target: Target, request: FactsRequest) => Promise<NodeFacts>;
}

/** Seconds between the two samples of a rate. */
const RATE_SECONDS = 2;

/** Reads both nodes at once, again and again on the same connections; a lost one is opened anew the next time. */
export class ClusterReader {
  readonly #spec: ClusterSpec;
  readonly #deps: ReaderDeps;
  readonly #targets = new Map<string, Target>();

  constructor(spec: ClusterSpec, deps: ReaderDeps) {
    this.#spec = spec;
    this.#deps = deps;
  }

  read(): Promise<NodeReading[]> {
    return Promise.all(this.#spec.nodes.map((node) => this.#readNode(node)));
  }

  /** The open connection to a node that answered. */
  target(node: string): Target | undefined {
    return this.#targets.get(node);
  }

  /** Bytes a second by which a node's resources get less dirty, by resource; empty when it cannot be measured. */
  async rates(node: string): Promise<Map<string, number>> {
    const result = await this.#targets
      .get(node)
      ?.script(RATE_SCRIPT, { timeoutMs: 20_000 })
      .catch(() => undefined);
    return result?.code === 0 ? ratesOf(result.stdout) : new Map();
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#targets.values()].map((target) => target.close()));
  }

  async #readNode(node: NodeSpec): Promise<NodeReading> {
    try {
      const target = this.#targets.get(node.name) ?? (await this.#deps.connect(node));
      this.#targets.set(node.name, target);
      const facts = await this.#deps.gather(target, factsRequest(this.#spec, node.name));
      return { node: node.name, facts };
    } catch (error) {
      if (!(error instanceof HastconfError)) throw error;
      await this.#targets
        .get(node.name)
        ?.close()
        .catch(() => undefined);
      this.#targets.delete(node.name);
      return { node: node.name, error };
    }
  }
}

/** `list` came after 9.1; before it `status` printed the same. */
const RATE_SCRIPT = `list() { hastctl list 2>/dev/null || [ $? -ne 64 ] || hastctl status; }
list
echo '--'
sleep ${RATE_SECONDS}
list
`;

function ratesOf(text: string): Map<string, number> {
  const [before, after] = text.split('\n--\n').map(parseHastList);
  const known = (after ?? []).flatMap(({ name, dirty }) => {
    const first = before?.find((one) => one.name === name);
    const rate = first === undefined ? 0 : (first.dirty - dirty) / RATE_SECONDS;
    return rate > 0 ? [[name, rate] as const] : [];
  });
  return new Map(known);
}
