import { bytes } from '../../report/text.js';
import { formatSize } from '../../spec/units.js';
import { NEW_ZVOL } from '../devices.js';
import { type Context, list, type Question } from '../types.js';

const GIB = 2 ** 30;
const MIB = 2 ** 20;

/** How big the new volume is. */
export const zvolSize: Question = {
  id: 'zvolSize',
  section: 'Storage',
  label: 'Volume size',
  key: 'resources.NAME.zvol.size',
  needs: ['pools'],
  finding: 'pair',
  applies: ({ answers }) => list(answers.providers).includes(NEW_ZVOL),
  ask: (context) => ({ kind: 'type', message: 'Size of the new volume:', default: half(context) }),
  help: (
    context,
  ) => `Such as 50G or 1.5T. Both pools must have room for it: ${bytes(room(context))} is free in the
fuller one. Leave ZFS some: a pool that is nearly full gets slow. It cannot be
changed later without making the resource anew.`,
  paths: () => [['resources']],
  checks: ['pool-too-small', 'zvol-size-differs'],
};

/** Bytes free in the fuller one of the two pools. */
function room({ pair, answers }: Context): number {
  const pools = list(answers.pools);
  const free = (pair?.facts ?? []).map(({ zfs }, at) => {
    const name = pools[at]?.split('/', 1)[0];
    return zfs.pools.find((pool) => pool.name === name)?.free ?? 0;
  });
  return Math.min(...free);
}

/** Half of what is free, in round numbers. */
function half(context: Context): string {
  const free = room(context) / 2;
  const unit = free >= GIB ? GIB : MIB;
  return formatSize(Math.max(16 * MIB, Math.floor(free / unit) * unit));
}
