import { nodeOf } from '../spec/types.js';
import type { Case, Finding } from './finding.js';
import { carpOf } from './observe.js';

/** Where the CARP address is, and whether that is where the storage is. */
export function addressFindings(subject: Case): Finding[] {
  return [...perNode(subject), ...holders(subject)];
}

function perNode({ spec, facts }: Case): Finding[] {
  return facts.flatMap((one): Finding[] => {
    const carp = carpOf(spec, one);
    const name = nodeOf(spec, one.node).interface;
    const base = { verdict: 'degraded', node: one.node } as const;
    if (!carp) {
      const message = `CARP vhid ${spec.carp.vhid} is not configured on ${one.node} (${name})`;
      return [{ ...base, id: 'carp-missing', message, remedy: 'hastconf apply' }];
    }
    if (carp.state !== 'INIT') return [];
    const carrier = one.interfaces.find((candidate) => candidate.name === name)?.carrier;
    const why = carrier === false ? 'has no carrier' : 'is not up, or CARP is not allowed';
    const message = `CARP does not work on ${one.node}: ${name} ${why}`;
    const remedy = `check the cable and \`ifconfig ${name}\` on ${one.node}`;
    return [{ ...base, id: 'carp-init', message, remedy }];
  });
}

function holders({ spec, status, facts, blind }: Case): Finding[] {
  const { masters } = status.carp;
  const { address } = spec.carp;
  if (masters.length > 1) {
    const message = `both nodes hold ${address}`;
    const remedy =
      'the nodes do not hear each other: check the network between them, that no firewall drops protocol 112, and that `netstat -sp carp` counts no bad authentication';
    return [{ id: 'two-masters', verdict: 'degraded', message, remedy }];
  }
  const configured = facts.some((one) => carpOf(spec, one) !== undefined);
  if (masters.length === 0 && configured && !blind) {
    const message = `no node holds ${address}`;
    const remedy = 'wait some seconds for the election; then look at `carp-hast-switch status` on both nodes';
    return [{ id: 'no-master', verdict: 'down', message, remedy }];
  }
  const [master] = masters;
  if (master === undefined || status.serving === null || master === status.serving) return [];
  const message = `${address} is on ${master}, but ${status.serving} has the storage`;
  const remedy = `on ${status.serving}: carp-hast-switch reconcile`;
  return [{ id: 'address-elsewhere', verdict: 'down', message, remedy }];
}
