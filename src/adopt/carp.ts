import ipaddr from 'ipaddr.js';
import { parseAddress } from '../spec/address.js';
import { checkedPassword } from '../spec/carp-password.js';
import { DEFAULT_CARP } from '../spec/defaults.js';
import type { Secret } from '../spec/secret.js';
import type { CarpSpec } from '../spec/types.js';
import { chooseGroups } from './carp-choice.js';
import { carpDifferences } from './carp-differences.js';
import type { CarpGroup } from './carp-groups.js';
import type { NodeReading, PairReading } from './reading.js';
import { type AdoptFinding, finding } from './types.js';

export interface AdoptedCarp {
  /** undefined: no shared address was found. */
  carp: Omit<CarpSpec, 'passwordFile'> | undefined;
  /** In the order of the pair. */
  interfaces: readonly [string | undefined, string | undefined];
  password: Secret | undefined;
}

/** Shared address, vhid, interfaces and password, from rc.conf, what is live, and an agent.conf of our own. */
export function adoptCarp(pair: PairReading, lead: 0 | 1, findings: AdoptFinding[]): AdoptedCarp {
  const groups = chooseGroups(pair, lead, findings);
  const leading = groups[lead] ?? groups[lead === 0 ? 1 : 0];
  const address = leading?.addresses[0];
  if (!leading || !address) {
    findings.push(noAddress(pair));
    return { carp: undefined, interfaces: [groups[0]?.interface, groups[1]?.interface], password: undefined };
  }
  findings.push(...carpDifferences(pair, groups, leading));
  const { text, family } = parseAddress(address.address)!;
  return {
    carp: {
      address: text,
      prefixLength: prefixLength(pair, groups, address),
      family,
      vhid: leading.vhid,
      advbase:
        leading.rc[0]?.advbase ?? leading.live?.advbase ?? leading.declared?.advbase ?? DEFAULT_CARP.advbase,
      unicast: groups.some((group) => group?.rc.some(({ peer }) => peer !== undefined)),
    },
    interfaces: [
      groups[0]?.interface ?? likelyInterface(pair[0], leading, text, findings),
      groups[1]?.interface ?? likelyInterface(pair[1], leading, text, findings),
    ],
    password: passwordOf(leading, groups, findings),
  };
}

/**
 * rc.conf gives an alias /32 where the interface is in the network already: the cluster file has the network's
 * own length, which is the interface's.
 */
function prefixLength(
  pair: PairReading,
  groups: readonly (CarpGroup | undefined)[],
  { address, prefixLength: written }: { address: string; prefixLength: number },
): number {
  const parsed = ipaddr.parse(address);
  const full = parsed.kind() === 'ipv4' ? 32 : 128;
  if (written !== full) return written;
  const networks = pair.flatMap(({ facts }, index) =>
    facts.interfaces
      .filter(({ name }) => name === groups[index]?.interface)
      .flatMap(({ addresses }) => addresses)
      .filter((own) => own.vhid === undefined && ipaddr.parse(own.address).kind() === parsed.kind())
      .filter((own) => parsed.match(ipaddr.parse(own.address), own.prefixLength)),
  );
  return networks[0]?.prefixLength ?? full;
}

/** A node without CARP of its own: the interface of the same name, or the one in the address' network. */
function likelyInterface(
  node: NodeReading,
  leading: CarpGroup,
  address: string,
  findings: AdoptFinding[],
): string | undefined {
  const parsed = ipaddr.parse(address);
  const inNetwork = node.facts.interfaces.find(({ addresses }) =>
    addresses.some(
      (own) =>
        own.vhid === undefined &&
        ipaddr.parse(own.address).kind() === parsed.kind() &&
        parsed.match(ipaddr.parse(own.address), own.prefixLength),
    ),
  );
  const found = inNetwork ?? node.facts.interfaces.find(({ name }) => name === leading.interface);
  if (found) {
    const message = `${node.name} has no CARP address; ${found.name} is to carry it`;
    findings.push(finding('assumed', message, { node: node.name }));
  }
  return found?.name;
}

/** The leading node's password. It is compared and handed on, never shown. */
function passwordOf(
  leading: CarpGroup,
  groups: readonly (CarpGroup | undefined)[],
  findings: AdoptFinding[],
): Secret | undefined {
  const found = [leading, ...groups].flatMap(
    (group) => group?.rc.flatMap(({ password }) => password ?? []) ?? [],
  )[0];
  if (!found) {
    findings.push(
      finding('assumed', 'CARP has no password in rc.conf; hastconf generates one', {
        remedy: 'while only one node has it both are MASTER: let one apply change both',
      }),
    );
    return undefined;
  }
  try {
    return checkedPassword(found.reveal(), 'rc.conf');
  } catch {
    findings.push(
      finding(
        'inexpressible',
        'the CARP password has characters that rc.conf does not carry safely; hastconf generates a new one',
        {
          remedy: 'while only one node has it both are MASTER: let one apply change both',
        },
      ),
    );
    return undefined;
  }
}

function noAddress(pair: PairReading): AdoptFinding {
  const old = pair.some((node) => node.carp.some((group) => /^carp\d+$/.test(group.interface)));
  return finding(
    'missing',
    old
      ? 'CARP is a pseudo-interface (carp0) here, as FreeBSD 9 and before have it; a cluster file cannot describe that'
      : `neither ${pair[0].name} nor ${pair[1].name} has a CARP address`,
    { remedy: 'hastconf init asks for the shared address and writes the cluster file' },
  );
}
