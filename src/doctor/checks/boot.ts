import { parseMounts } from '../../facts/mounts.js';
import { RC_SCRIPT } from '../../spec/paths.js';
import type { ClusterSpec } from '../../spec/types.js';
import { eachNode, failed, warning } from '../finding.js';
import type { DoctorNode, FactsCheck, Finding } from '../types.js';

export const bootOrder: FactsCheck = {
  id: 'boot-order',
  title: 'The agent starts after hastd and stops before it',
  meaning:
    'hastd takes its devices away when it stops, under whatever is still mounted; and before it runs no role can be set.',
  test: (subject) => ({
    ...eachNode(subject, orderFindings),
    details: subject.nodes.map(({ name, answers }) => `${name}: ${shortOrder(answers.bootOrder)}`),
  }),
};

const WATCHED = ['netif', 'devd', 'syslogd', 'hastd', 'carp_hast', 'sshd'];

function shortOrder(order: readonly string[] | undefined): string {
  if (order === undefined) return 'boot order not known';
  return order
    .map((path) => path.slice(path.lastIndexOf('/') + 1))
    .filter((name) => WATCHED.includes(name))
    .join(' < ');
}

function orderFindings({ name, facts, answers }: DoctorNode): Finding[] {
  const script = facts.files[RC_SCRIPT];
  if (script === undefined) return [];
  if (answers.bootOrder === undefined) {
    return [warning(name, `${name} did not say in which order it boots`, `on ${name}: service -r`)];
  }
  const names = answers.bootOrder.map((path) => path.slice(path.lastIndexOf('/') + 1));
  const [agent, hastd, devd] = ['carp_hast', 'hastd', 'devd'].map((one) => names.indexOf(one));
  const findings: Finding[] = [];
  const wrong = (what: string) =>
    failed(name, `on ${name} ${what}`, 'hastconf apply writes the rc script anew');
  if (agent === -1) findings.push(wrong('the boot does not know the agent'));
  else if (agent! < hastd! || agent! < devd!) findings.push(wrong('the agent starts before hastd or devd'));
  // rc.shutdown runs only these, in the reverse order.
  if (!/^# KEYWORD:.*\bshutdown\b/m.test(script.content))
    findings.push(wrong('nothing stops the agent at shutdown'));
  return findings;
}

export const poolCache: FactsCheck = {
  id: 'pool-cache',
  title: 'No cache file makes the boot import the pools',
  meaning:
    'The boot would look for the pool before hastd runs, and a standby could import a copy that is not its own.',
  test: (subject) => eachNode(subject, (node) => poolFindings(subject.spec, node)),
};

function poolFindings(spec: ClusterSpec, { name, answers }: DoctorNode): Finding[] {
  const pools = spec.storage.flatMap((one) => (one.type === 'zfs' ? [one.pool] : []));
  return pools.flatMap((pool) => {
    const property = answers.cachefile[pool];
    const cached = answers.cachedPools.includes(pool);
    const recorded = property !== undefined && property !== 'none';
    if (!cached && !recorded) return [];
    const saw = recorded
      ? `pool ${pool} on ${name} is kept in a cache file (cachefile=${property})`
      : `a cache file on ${name} names pool ${pool}`;
    if (property === undefined) {
      const fix = `on ${name}: remove /etc/zfs/zpool.cache and /boot/zfs/zpool.cache when no other pool is in them (zdb -C -U FILE)`;
      return [failed(name, saw, fix)];
    }
    // Setting it takes the pool out of the file that it was in.
    const script = `zpool set cachefile=none ${pool} && [ "$(zpool list -H -o cachefile ${pool})" = none ]\n`;
    const repair = { node: name, title: `Take pool ${pool} out of the cache file`, script };
    return [failed(name, saw, `on ${name}: zpool set cachefile=none ${pool}`, repair)];
  });
}

export const fstab: FactsCheck = {
  id: 'fstab',
  title: 'fstab leaves the HAST devices to the agent',
  meaning: 'The boot would wait for a device that only a primary has, and stop in single-user mode.',
  test: (subject) => eachNode(subject, fstabFindings),
};

function fstabFindings({ name, facts }: DoctorNode): Finding[] {
  const text = (facts.files['/etc/fstab']?.content ?? '').replaceAll(/^\s*#.*$/gm, '');
  return parseMounts(text)
    .filter(({ device }) => device.startsWith('/dev/hast/'))
    .map(({ device, mountpoint, options }) => {
      const saw = `/etc/fstab of ${name} has ${device} on ${mountpoint}`;
      const fix = `take the line out of /etc/fstab on ${name}`;
      const late = options.split(',').some((one) => one === 'noauto' || one === 'failok');
      return late ? warning(name, saw, fix) : failed(name, saw, fix);
    });
}
