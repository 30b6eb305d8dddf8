import { HastconfError } from '../errors.js';
import { listenForCarp } from '../facts/carp-probe.js';
import { gather } from '../facts/gather.js';
import { factsRequest } from '../facts/request.js';
import type { NodeFacts } from '../facts/types.js';
import { connect } from '../remote/connect.js';
import type { ConnectOptions } from '../remote/options.js';
import type { Target } from '../remote/target.js';
import { answeringTo, firstLook, planFor, problemsOf, reachedAt } from './looks.js';
import { type Machines, NotMet } from './ports.js';
import { likelyGateways } from './propose/links.js';
import { nodeNames } from './propose/names.js';
import type { Login, Pair } from './types.js';

type Two<T> = readonly [T, T];

/** The real machines, each with one connection that is kept as long as its login stays the same. */
export function createMachines(options: ConnectOptions): Machines {
  const targets = new Map<string, Promise<Target>>();
  const reach = (login: Login, label: string): Promise<Target> => {
    const key = JSON.stringify(login);
    const opened =
      targets.get(key) ?? connect({ name: label, ssh: login, replication: '', interface: '' }, options);
    targets.set(key, opened);
    // A login that failed is tried anew: a password may have been mistyped.
    opened.catch(() => targets.delete(key));
    return opened;
  };
  let met: Two<Target> | undefined;
  return {
    async meet(logins) {
      const labels = labelsOf(logins);
      const results = await Promise.allSettled(
        logins.map(async (login, at) => {
          const target = await reach(login, labels[at]!);
          return {
            target,
            facts: await gather(target, firstLook(target.node)),
            reached: await reachedAt(target),
          };
        }),
      );
      const [first, second] = results;
      if (first?.status !== 'fulfilled' || second?.status !== 'fulfilled') throw notMet(results);
      const names = nodeNames([first.value.facts, second.value.facts]);
      met = [renamed(first.value.target, names[0]), renamed(second.value.target, names[1])];
      const facts: Two<NodeFacts> = [
        { ...first.value.facts, node: names[0] },
        { ...second.value.facts, node: names[1] },
      ];
      const answering = await answeringTo(met[0], likelyGateways(facts));
      const reached: Pair['reached'] = [first.value.reached, second.value.reached];
      return { names, facts, reached, answering, problems: problemsOf(names, facts) };
    },
    async survey(_, interfaceName, addresses) {
      const target = connected(met)[0];
      const [taken, heard] = await Promise.all([
        answeringTo(target, addresses),
        listenForCarp(target, interfaceName),
      ]);
      return {
        taken,
        vhids: heard.vhids,
        ...(heard.listened ? {} : { deaf: heard.reason ?? 'no reason given' }),
      };
    },
    async inspect(spec, _, survey) {
      const facts = await Promise.all(
        connected(met).map((target) => gather(target, factsRequest(spec, target.node))),
      );
      return planFor(spec, facts, survey?.vhids ?? []);
    },
    targets: () => connected(met),
    async close() {
      const opened = await Promise.allSettled(targets.values());
      await Promise.allSettled(
        opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value.close()] : [])),
      );
    },
  };
}

function connected(met: Two<Target> | undefined): Two<Target> {
  if (!met) throw new Error('the machines have not been met');
  return met;
}

/** What a message calls a machine whose name is not known yet. */
function labelsOf(logins: Two<Login>): Two<string> {
  const hosts = logins.map((login) => ('local' in login ? 'this machine' : login.host));
  const same = hosts[0] === hosts[1];
  const label = (at: 0 | 1): string => {
    const login = logins[at];
    return same && !('local' in login) ? `${login.host} port ${login.port ?? 22}` : hosts[at]!;
  };
  return [label(0), label(1)];
}

function notMet(results: readonly PromiseSettledResult<unknown>[]): Error {
  const reasons = results.map((result) =>
    result.status === 'rejected' ? (result.reason as unknown) : undefined,
  );
  const strange = reasons.find((reason) => reason !== undefined && !(reason instanceof HastconfError));
  if (strange !== undefined) return strange as Error;
  const [first, second] = reasons as (HastconfError | undefined)[];
  return new NotMet([first, second]);
}

function renamed(target: Target, node: string): Target {
  return {
    node,
    get counters() {
      return target.counters;
    },
    script: (script, options) => target.script(script, options),
    exec: (words, options) => target.exec(words, options),
    readFile: (path) => target.readFile(path),
    writeFile: (path, content, attributes) => target.writeFile(path, content, attributes),
    close: () => target.close(),
  };
}
