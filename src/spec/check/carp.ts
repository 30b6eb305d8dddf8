import { isNetworkOrBroadcast, parseCidr } from '../address.js';
import type { Finding } from '../findings.js';
import { canonical, type Draft, finding, nodesOf } from './draft.js';

/** The shared address moves: nothing that must stay on one node may use it. */
export function checkCarp(draft: Draft): Finding[] {
  const carp = draft.carp?.address === undefined ? undefined : parseCidr(draft.carp.address);
  if (!carp) return [];
  const findings: Finding[] = [];
  if (isNetworkOrBroadcast(carp)) {
    findings.push(
      finding(['carp', 'address'], 'is the address of the network itself or its broadcast address'),
    );
  }
  if (carp.family === 6 && carp.text.startsWith('fe80:')) {
    findings.push(finding(['carp', 'address'], 'is link-local; clients would need its scope'));
  }
  for (const [name, node] of nodesOf(draft)) {
    if (canonical(node?.replication) === carp.text) {
      findings.push(
        finding(
          ['nodes', name, 'replication'],
          'is the CARP address, which moves between the nodes',
          'give hastd an address that belongs to this node alone',
        ),
      );
    }
    if (canonical(node?.ssh?.host) === carp.text) {
      findings.push(
        finding(['nodes', name, 'ssh', 'host'], 'is the CARP address, which moves between the nodes'),
      );
    }
  }
  return findings;
}

/** Witnesses are third parties: something on either node proves nothing about the network. */
export function checkAgent(draft: Draft): Finding[] {
  const own = new Map<string, string>();
  const carp = draft.carp?.address === undefined ? undefined : parseCidr(draft.carp.address)?.text;
  if (carp !== undefined) own.set(carp, 'the CARP address');
  for (const [name, node] of nodesOf(draft)) {
    const address = canonical(node?.replication);
    if (address !== undefined) own.set(address, `${name}'s own address`);
  }
  return (draft.agent?.witness ?? []).flatMap((address, index) => {
    const whose = own.get(canonical(address) ?? '');
    return whose === undefined
      ? []
      : [
          finding(
            ['agent', 'witness', index],
            `is ${whose}`,
            'name a third machine, such as the default gateway',
          ),
        ];
  });
}
