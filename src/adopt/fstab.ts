import { parseMounts } from '../facts/mounts.js';
import type { MountFacts, NodeFacts } from '../facts/types.js';
import { textOf } from './reading.js';
import { type AdoptFinding, finding } from './types.js';

export const FSTAB = '/etc/fstab';

/** File systems on HAST devices: mounted now, then those that fstab names. */
export function hastMounts(facts: NodeFacts): MountFacts[] {
  return [...facts.mounts, ...fstab(facts)].filter(({ device }) => device.startsWith('/dev/hast/'));
}

/** The agent mounts; fstab must not, and hastconf leaves fstab alone. */
export function fstabFindings(facts: NodeFacts, node: string): AdoptFinding[] {
  return fstab(facts)
    .filter(({ device }) => device.startsWith('/dev/hast/'))
    .map(({ device, mountpoint, options }) => {
      const boot = options.split(',').includes('noauto') ? '' : ', and the next boot waits for it in vain';
      return finding(
        'replaced',
        `${FSTAB} of ${node} mounts ${device} on ${mountpoint}${boot}; the agent mounts it from now on`,
        {
          node,
          remedy: `take the line out of ${FSTAB} yourself`,
        },
      );
    });
}

/** fstab(5) has the six fields that mount -p prints. */
function fstab(facts: NodeFacts): MountFacts[] {
  const text = (textOf(facts, FSTAB) ?? '').replaceAll(/^[ \t]*#.*$/gm, '');
  return parseMounts(text);
}
