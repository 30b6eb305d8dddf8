import { rcInterfaceName } from '../spec/derive.js';
import { addressesOf } from './carp-choice.js';
import type { CarpGroup } from './carp-groups.js';
import type { NodeReading, PairReading } from './reading.js';
import { type AdoptFinding, finding } from './types.js';

type Groups = readonly [CarpGroup | undefined, CarpGroup | undefined];

/** Where the nodes' CARP contradicts each other or itself, and what an apply changes in rc.conf. */
export function carpDifferences(pair: PairReading, groups: Groups, leading: CarpGroup): AdoptFinding[] {
  return [
    ...between(pair, groups),
    ...pair.flatMap((node, index) => onNode(node, groups[index], leading)),
    ...skews(pair, groups),
  ];
}

function between([left, right]: PairReading, [a, b]: Groups): AdoptFinding[] {
  if (!a || !b) {
    const bare = a ? right : left;
    return [
      finding('differs', `${bare.name} has no CARP address; ${(a ? left : right).name} has one`, {
        node: bare.name,
      }),
    ];
  }
  const compared: [string, unknown, unknown][] = [
    ['vhid', a.vhid, b.vhid],
    ['address', addressesOf(a), addressesOf(b)],
    ['advbase', a.rc[0]?.advbase, b.rc[0]?.advbase],
  ];
  const differing = compared
    .filter(([, one, other]) => one !== other)
    .map(([what, one, other]) =>
      finding('differs', `CARP ${what}: ${left.name} has ${one ?? 'none'}, ${right.name} ${other ?? 'none'}`),
    );
  return [...differing, ...passwords([left, right], [a, b])];
}

/** Compared without showing either. */
function passwords([left, right]: PairReading, [a, b]: readonly [CarpGroup, CarpGroup]): AdoptFinding[] {
  if (a.rc.length === 0 || b.rc.length === 0) return [];
  const [one, other] = [a, b].map(({ rc }) => rc.find(({ password }) => password)?.password?.reveal());
  if (one === other) return [];
  const what =
    one === undefined || other === undefined
      ? `only ${one === undefined ? right.name : left.name} has a CARP password in rc.conf`
      : 'the CARP passwords of the two nodes are not the same';
  return [finding('differs', `${what}: both would be MASTER`)];
}

function onNode(node: NodeReading, group: CarpGroup | undefined, leading: CarpGroup): AdoptFinding[] {
  if (!group) return [];
  const findings: AdoptFinding[] = [];
  const say = (...args: Parameters<typeof finding>) =>
    findings.push(finding(args[0], args[1], { node: node.name, ...args[2] }));
  const place = `vhid ${group.vhid} on ${group.interface}`;
  if (group.rc.length === 0)
    say(
      'differs',
      `${place} of ${node.name} is not in rc.conf${group.live ? ': it is gone after the next boot' : ' and not live; agent.conf has it'}`,
    );
  else if (!group.live) say('differs', `${place} of ${node.name} is in rc.conf and not live`);
  if (group === leading && group.addresses.length > 1) {
    const rest = group.addresses
      .slice(1)
      .map(({ address }) => address)
      .join(', ');
    say(
      'inexpressible',
      `${place} has more than one address; ${group.addresses[0]!.address} is kept, not ${rest}`,
      {
        remedy:
          'CARP compares the whole list: with other addresses on the same vhid the nodes do not hear each other',
      },
    );
  }
  const alias = `ifconfig_${rcInterfaceName(group.interface)}_alias`;
  for (const { variable } of group.rc) {
    if (variable.startsWith(alias) && /^\d+$/.test(variable.slice(alias.length))) continue;
    say(
      'replaced',
      `${variable} of ${node.name} holds the CARP address; hastconf keeps it in an aliasN of its own`,
      {
        remedy: `take the words of vhid ${group.vhid} out of ${variable}`,
      },
    );
  }
  return findings;
}

/** advskew of a node that must not serve; the agent lowers the live value. */
const AT_BOOT = 240;

function skews(pair: PairReading, groups: Groups): AdoptFinding[] {
  const known = pair.flatMap(
    ({ name }, index) => groups[index]?.rc.slice(0, 1).map((entry) => ({ name, ...entry })) ?? [],
  );
  const now = known.map(({ name, advskew }) => `${name} ${advskew}`).join(', ');
  const message = `advskew in rc.conf (${now}) becomes ${AT_BOOT} on both; the agent sets the live one by where the storage is`;
  const alike = known.every(({ advskew }) => advskew === AT_BOOT);
  return [...(alike ? [] : [finding('replaced', message)]), ...aliasNumbers(known)];
}

function aliasNumbers(known: readonly { name: string; variable: string }[]): AdoptFinding[] {
  const [a, b] = known.map(({ variable }) => /_alias(\d+)$/.exec(variable)?.[1]);
  if (a === undefined || b === undefined || a === b) return [];
  const low = known[Number(a) < Number(b) ? 0 : 1]!;
  return [
    finding(
      'differs',
      `the CARP address is alias${a} on ${known[0]!.name} and alias${b} on ${known[1]!.name}; hastconf uses one number on both`,
      {
        node: low.name,
        remedy: `take ${low.variable} out of rc.conf of ${low.name} after the apply`,
      },
    ),
  ];
}
