import type { ServiceSpec, StorageSpec } from '../spec/types.js';
import { exportLine } from '../spec/words.js';
import { type NodeReading, type PairReading, textOf } from './reading.js';
import { type AdoptFinding, finding } from './types.js';

export const EXPORTS = '/etc/exports';
export const CTL_CONF = '/etc/ctl.conf';
export const SMB_CONF = '/usr/local/etc/smb4.conf';

/** What serves the storage of a foreign pair: exports as they stand; other servers are named, not guessed at. */
export function adoptServices(
  pair: PairReading,
  lead: 0 | 1,
  storage: readonly StorageSpec[],
  findings: AdoptFinding[],
): ServiceSpec[] {
  const places = storage.flatMap((entry) => {
    if (entry.type === 'ufs') return [entry.mountpoint];
    return entry.type === 'zfs' ? [`/${entry.pool}`] : [];
  });
  for (const node of pair) findings.push(...otherServers(node, places));
  const lines = pair.map((node) => exportsOf(node, places)) as [string[], string[]];
  if (lines[0].join('\n') !== lines[1].join('\n')) {
    const message = `${EXPORTS} does not export the storage alike on both nodes; ${pair[lead].name}'s lines are taken`;
    findings.push(finding('differs', message));
  }
  const chosen = lines[lead].length > 0 ? lines[lead] : lines[lead === 0 ? 1 : 0];
  return chosen.length === 0 ? [] : [{ type: 'nfs', exports: chosen }];
}

/** Lines of exports(5) whose directories are all on the storage. */
function exportsOf({ facts }: NodeReading, places: readonly string[]): string[] {
  const text = (textOf(facts, EXPORTS) ?? '').replaceAll('\\\n', ' ');
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '' && exportLine(line) === undefined)
    .filter((line) => {
      const words = line.split(/[ \t]+/);
      const end = words.findIndex((word) => !word.startsWith('/'));
      const paths = end === -1 ? words : words.slice(0, end);
      return paths.length > 0 && paths.every((path) => isOn(path, places));
    });
}

function isOn(path: string, places: readonly string[]): boolean {
  return places.some((place) => path === place || path.startsWith(`${place}/`));
}

function otherServers({ name: node, facts }: NodeReading, places: readonly string[]): AdoptFinding[] {
  const ctl = textOf(facts, CTL_CONF) ?? '';
  const smb = textOf(facts, SMB_CONF) ?? '';
  const luns = [...new Set([...ctl.matchAll(/\/dev\/hast\/([A-Za-z0-9._-]+)/g)].map((match) => match[1]!))];
  const shares = [...smb.matchAll(/^\s*path\s*=\s*(\S+)/gm)]
    .map((match) => match[1]!)
    .filter((path) => isOn(path, places));
  return [
    ...luns.map((resource) =>
      finding(
        'inexpressible',
        `${CTL_CONF} of ${node} serves ${resource} over iSCSI; its targets are not read`,
        {
          node,
          remedy: `add { type: raw, resource: ${resource} } to storage and { type: iscsi, target: …, resource: ${resource} } to services`,
        },
      ),
    ),
    ...shares.map((path) =>
      finding('inexpressible', `${SMB_CONF} of ${node} shares ${path}; its settings are not read`, {
        node,
        remedy: `add { type: samba, share: NAME, path: ${path} } to services`,
      }),
    ),
  ];
}
