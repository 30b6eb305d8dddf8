import { type Case, type Finding, listed } from './finding.js';
import { isHastSilent } from './observe.js';
import type { ResourceStatus } from './status-types.js';
import { bytes } from './text.js';

/** Roles, connection, dirty bytes and disk errors of the HAST resources. */
export function resourceFindings(subject: Case): Finding[] {
  return [
    ...splits(subject),
    ...withoutPrimary(subject),
    ...scattered(subject),
    ...notConnected(subject),
    ...notConfirmed(subject),
    ...synchronising(subject),
    ...diskErrors(subject),
    ...hungDevices(subject),
  ];
}

function names(resources: readonly ResourceStatus[]): string[] {
  return resources.map((one) => one.resource);
}

function splits({ status, facts }: Case): Finding[] {
  const both = status.resources.filter(
    ({ resource }) => facts.filter((one) => one.hast.resources[resource]?.role === 'primary').length > 1,
  );
  const found: Finding[] = facts
    .filter((one) => one.agent?.state === 'split-brain')
    .map((one) => ({
      id: 'split-brain',
      verdict: 'split',
      node: one.node,
      message: `the agent on ${one.node} reports a split-brain: both copies have been written to`,
      remedy:
        'change no role and create nothing before you know which copy to keep; the other one is overwritten',
    }));
  if (both.length === 0) return found;
  found.push({
    id: 'two-primaries',
    verdict: 'split',
    message: `both nodes are primary of ${listed(names(both))}`,
    remedy:
      'change no role and create nothing before you know which copy to keep; the other one is overwritten',
  });
  return found;
}

/** Nobody serves it, as far as can be seen: a connected secondary proves a living primary that we cannot reach. */
function withoutPrimary(subject: Case): Finding[] {
  const { status, facts, blind } = subject;
  if (facts.some(isHastSilent)) return [];
  const orphans = status.resources.filter(({ resource }) => {
    const seen = facts.map((one) => one.hast.resources[resource]);
    if (seen.some((one) => one?.role === 'primary')) return false;
    return !(blind && seen.some((one) => one?.role === 'secondary' && one.status === 'complete'));
  });
  if (orphans.length === 0) return [];
  const where = blind ? 'no node that can be reached' : 'no node';
  return [
    {
      id: 'no-primary',
      verdict: 'down',
      message: `${where} is primary of ${listed(names(orphans))}`,
      remedy:
        'look at `carp-hast-switch status` on the nodes; `hastconf apply` completes a set-up that broke off',
    },
  ];
}

function scattered({ status }: Case): Finding[] {
  const primaries = new Set(status.resources.flatMap((one) => (one.primary === null ? [] : [one.primary])));
  if (primaries.size < 2) return [];
  return [
    {
      id: 'primaries-scattered',
      verdict: 'degraded',
      message: 'the resources have their primaries on different nodes',
      remedy: 'run `carp-hast-switch reconcile` on the node that is to serve',
    },
  ];
}

function notConnected({ status }: Case): Finding[] {
  const alone = status.resources.filter((one) => one.primary !== null && one.status !== 'complete');
  if (alone.length === 0) return [];
  const dirty = alone.reduce((sum, one) => sum + (one.dirty ?? 0), 0);
  return [
    {
      id: 'not-replicated',
      verdict: 'degraded',
      message: `${listed(names(alone))}: not connected to the secondary, ${bytes(dirty)} not copied`,
      remedy: 'check hastd and the replication link on both nodes; then `hastconf wait`',
    },
  ];
}

/** For some seconds a primary says `complete` though its secondary is gone; the secondary knows better. */
function notConfirmed({ status, facts }: Case): Finding[] {
  const doubtful = status.resources.filter(({ resource, primary, status: said }) => {
    const peer = facts.find((one) => one.node !== primary);
    if (primary === null || said !== 'complete' || !peer || isHastSilent(peer)) return false;
    const other = peer.hast.resources[resource];
    return other?.role !== 'secondary' || other.status !== 'complete';
  });
  if (doubtful.length === 0) return [];
  return [
    {
      id: 'secondary-not-connected',
      verdict: 'degraded',
      message: `${listed(names(doubtful))}: the other node does not act as connected secondary`,
      remedy: 'look again in some seconds: hastd reconnects every 10 s; then `hastconf apply`',
    },
  ];
}

/** Writes in flight make a few extents dirty for a moment; a standby whose agent says `fresh` has everything else. */
function synchronising({ status, facts }: Case): Finding[] {
  const behind = status.resources.filter(({ primary, status: said, dirty }) => {
    const peer = facts.find((one) => one.node !== primary);
    return said === 'complete' && (dirty ?? 0) > 0 && peer?.agent?.fresh !== 'fresh';
  });
  if (behind.length === 0) return [];
  const dirty = behind.reduce((sum, one) => sum + (one.dirty ?? 0), 0);
  return [
    {
      id: 'synchronising',
      verdict: 'synchronising',
      message: `${listed(names(behind))}: ${bytes(dirty)} still to copy`,
      remedy: 'hastconf wait',
    },
  ];
}

function diskErrors({ status }: Case): Finding[] {
  return status.resources.flatMap(({ resource, localErrors }) =>
    Object.entries(localErrors)
      .filter(([, count]) => count > 0)
      .map(([node, count]): Finding => {
        const message = `${resource}: ${count} I/O errors on the local disk of ${node}`;
        const remedy = `look at /var/log/messages on ${node}; with a new disk in its place: hastconf replace --provider ${node}:${resource}`;
        return { id: 'local-errors', verdict: 'degraded', node, message, remedy };
      }),
  );
}

/** A stale copy made primary says `complete` and then blocks every read for ever. */
function hungDevices({ facts }: Case): Finding[] {
  return facts.flatMap((one) => {
    const { node, hastDevices } = one;
    const hung = hastDevices.filter((device) => device.hung).map((device) => device.name);
    if (hung.length === 0) return [];
    const message = `reading /dev/hast/${listed(hung)} on ${node} blocks: the copy there may be stale`;
    const remedy = isHastSilent(one)
      ? `hastd does not answer there either; find out first why: procstat -kk $(pgrep hastd)`
      : `on ${node}: carp-hast-switch demote, so that the other node's copy is used`;
    return [{ id: 'device-hung', verdict: 'down', node, message, remedy } satisfies Finding];
  });
}
