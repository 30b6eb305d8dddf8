import type { CarpGroup } from './carp-groups.js';
import { devdRules } from './devd-files.js';
import type { NodeReading, PairReading } from './reading.js';
import { type AdoptFinding, finding } from './types.js';

/** The vhid of each node that belongs to the storage; the others of the machine are named and left alone. */
export function chooseGroups(
  pair: PairReading,
  lead: 0 | 1,
  findings: AdoptFinding[],
): readonly [CarpGroup | undefined, CarpGroup | undefined] {
  const chosen = bestOf(pair[lead], pair[lead === 0 ? 1 : 0]);
  const partner = chosen && counterpart(pair[lead === 0 ? 1 : 0], chosen);
  const other = partner ?? (chosen ? undefined : bestOf(pair[lead === 0 ? 1 : 0], pair[lead]));
  const groups = lead === 0 ? ([chosen, other] as const) : ([other, chosen] as const);
  pair.forEach((node, index) => {
    for (const group of usable(node)) {
      if (group === groups[index] || !groups[index]) continue;
      const place = `vhid ${group.vhid} on ${group.interface} (${addressesOf(group)})`;
      findings.push(
        finding(
          'inexpressible',
          `${node.name} also has ${place}; a cluster file has one, this one stays as it is`,
          {
            node: node.name,
          },
        ),
      );
    }
  });
  return groups;
}

/** carpN of FreeBSD 9 and before is no interface that a vhid can be put on. */
function usable({ carp }: NodeReading): CarpGroup[] {
  return carp.filter(({ interface: name, addresses }) => !/^carp\d+$/.test(name) && addresses.length > 0);
}

function bestOf(node: NodeReading, peer: NodeReading): CarpGroup | undefined {
  const declared = node.agent?.variables;
  const rules = devdRules(node.facts).filter(({ rule }) =>
    rule.actions.some((action) => /hast/i.test(action)),
  );
  const weight = (group: CarpGroup): number => {
    const subsystem = `${group.vhid}@${group.interface}`;
    const ours =
      declared?.carp_vhid === String(group.vhid) && declared.carp_interface === group.interface ? 8 : 0;
    const switched = rules.some(({ rule }) => rule.matches.some(({ pattern }) => pattern === subsystem))
      ? 4
      : 0;
    return ours + switched + (counterpart(peer, group) ? 2 : 0) + (group.rc.length > 0 ? 1 : 0);
  };
  return usable(node).toSorted((a, b) => weight(b) - weight(a) || a.vhid - b.vhid)[0];
}

/** The other node's part of the same shared address: same vhid and interface, same address, or same vhid. */
function counterpart(peer: NodeReading, group: CarpGroup): CarpGroup | undefined {
  const address = group.addresses[0]?.address;
  const shares = (other: CarpGroup): boolean => other.addresses.some((own) => own.address === address);
  const groups = usable(peer);
  return (
    groups.find((other) => shares(other) && other.vhid === group.vhid) ??
    groups.find(shares) ??
    groups.find((other) => other.vhid === group.vhid && other.interface === group.interface)
  );
}

export function addressesOf(group: CarpGroup): string {
  return group.addresses.map(({ address }) => address).join(', ') || 'no address';
}
