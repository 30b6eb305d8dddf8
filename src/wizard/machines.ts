import { HastconfError } from '../errors.js';
import { listenForCarp } from '../facts/carp-probe.js';
import { gather } from '../facts/gather.js';
import { parsePing, pingBody } from '../facts/ping.js';
import { factsRequest } from '../facts/request.js';
import type { FactsRequest, NodeFacts } from '../facts/types.js';
import { hintsFor } from '../plan/hints.js';
import { type PlanInput, plan } from '../plan/plan.js';
import { clockProblems } from '../plan/preflight/clock.js';
import { machineProblems } from '../plan/preflight/machine.js';
import { type ConnectOptions, connect } from '../remote/connect.js';
import type { Target } from '../remote/target.js';
import { render } from '../render/render.js';
import { Secret } from '../spec/secret.js';
import type { ClusterSpec } from '../spec/types.js';
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

/** Everything about a machine that the questions need, before anything is decided. */
function firstLook(node: string): FactsRequest {
  return {
    node,
    providers: [],
    files: ['/etc/hast.conf'],
    services: ['hastd'],
    ping: [],
    sysctls: [],
    directories: ['/', '/usr/local', '/var/db'],
  };
}

/** The node's own end of the SSH connection; sudo and the like may have taken it away. */
async function reachedAt(target: Target): Promise<string | undefined> {
  const { stdout } = await target.script('echo "${SSH_CONNECTION-}"\n');
  return stdout.trim().split(' ')[2];
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

/** Which of the addresses answer a ping from the node, all asked at once. */
async function answeringTo(target: Target, addresses: readonly string[]): Promise<string[]> {
  if (addresses.length === 0) return [];
  const request = { ...firstLook(target.node), ping: addresses };
  const script = `bounded() { shift; "$@"; }\n${pingBody(request)}exec 5>&1 >/dev/null 2>&1 </dev/null\npings\n`;
  const answered = parsePing((await target.script(script)).stdout, request);
  return addresses.filter((address) => answered[address]);
}

/** These checks look at names and facts alone; there is no spec yet. */
function problemsOf(names: Two<string>, facts: Two<NodeFacts>): Pair['problems'] {
  const input = {
    spec: { nodes: names.map((name) => ({ name })) },
    facts: Object.fromEntries(facts.map((own) => [own.node, own])),
  } as unknown as PlanInput;
  return [...machineProblems(input), ...clockProblems(input)];
}

function planFor(spec: ClusterSpec, looked: readonly NodeFacts[], foreignVhids: readonly number[]) {
  const facts = Object.fromEntries(looked.map((own) => [own.node, own]));
  // Nothing shows the password, so one that is still to be made can stand for itself.
  const secrets = { carpPassword: new Secret('to_be_generated') };
  const files = render(spec, secrets, hintsFor(spec, facts));
  return plan({ spec, facts, files, destroy: [], ignoredChecks: [], foreignVhids });
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
