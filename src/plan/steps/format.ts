import type { StorageSpec } from '../../spec/types.js';
import { mayAssignRoles } from '../primary.js';
import { stepScript, words } from '../shell.js';
import type { PlanInput, Step } from '../types.js';

/** File systems and pools on new resources, on the primary only, and only once both nodes are connected. */
export function formatSteps(input: PlanInput): Step[] {
  return input.spec.storage.flatMap((storage) => {
    if (storage.type === 'ufs') return ufsStep(input, storage);
    return storage.type === 'zfs' ? poolStep(input, storage) : [];
  });
}

/** What fstyp says of the resource's device on whichever node has one. */
function contentOf({ facts }: PlanInput, resource: string): string | undefined {
  return Object.values(facts)
    .flatMap((node) => node.hastDevices)
    .find((device) => device.name === resource)?.content;
}

function ufsStep(input: PlanInput, { resource, mountpoint }: StorageSpec & { type: 'ufs' }): Step[] {
  if (!mayAssignRoles(resource, input.facts) || contentOf(input, resource) === 'ufs') return [];
  return [
    {
      id: `${input.primary}/format/${resource}`,
      node: input.primary,
      phase: 'format',
      title: `Make a UFS file system on ${resource}${unlessThere(input, [resource])}`,
      risk: 'none',
      diff: `+ newfs -U -j /dev/hast/${resource} (for ${mountpoint})`,
      action: {
        kind: 'script',
        timeoutMs: 600_000,
        script: stepScript(`
device=/dev/hast/${words(resource)}
${onlyBlank(resource, 'ufs')}
newfs -U -j "$device" >/dev/null || exit 1`),
      },
      verify: `[ "$(fstyp /dev/hast/${words(resource)} 2>/dev/null)" = ufs ]`,
    },
  ];
}

/** A resource that was here before still has what lay on it; only with its roles can that be seen. */
function unlessThere({ spec, facts, primary }: PlanInput, resources: readonly string[]): string {
  const own = facts[primary]!;
  const used = resources.some((name) => {
    const path = spec.resources.find((resource) => resource.name === name)?.local[primary] ?? '';
    if (own.hast.resources[name]?.role === 'primary') return false;
    const metadata = own.hast.metadata[name];
    return metadata ? metadata.resuid !== '0' : own.providers[path]?.hastMetadata?.resource === name;
  });
  return used ? ' unless it is there from before' : '';
}

/** Connected first, so that nothing has to be copied; blank, so that nothing is lost. */
function onlyBlank(resource: string, done: string): string {
  return `
is_complete ${words(resource)} || fail "/dev/hast/${resource} is not primary and connected"
found=$(fstyp -u "$device" 2>/dev/null)
[ "$found" = ${words(done)} ] && exit 0
[ -z "$found" ] || refuse "$device already holds $found"`;
}

function poolStep(input: PlanInput, storage: StorageSpec & { type: 'zfs' }): Step[] {
  const { pool, layout, resources } = storage;
  const known = Object.values(input.facts).some((node) => node.zfs.pools.some(({ name }) => name === pool));
  const inUse = resources.some((name) => contentOf(input, name) === 'zfs');
  if (known || inUse || !resources.every((name) => mayAssignRoles(name, input.facts))) return [];
  const devices = resources.map((name) => `/dev/hast/${name}`);
  const shape = layout === 'stripe' ? devices : [layout, ...devices];
  return [
    {
      id: `${input.primary}/format/${pool}`,
      node: input.primary,
      phase: 'format',
      title: `Make pool ${pool} (${layout})${unlessThere(input, resources)}`,
      risk: 'none',
      diff: `+ zpool create -o cachefile=none ${pool} ${shape.join(' ')}`,
      action: {
        kind: 'script',
        timeoutMs: 300_000,
        script: createPool(storage, shape, sameSizes(input, resources)),
      },
      verify: `zpool list -H -o name ${words(pool)} >/dev/null 2>&1`,
    },
  ];
}

/** cachefile is not stored in the pool: without it the next boot would look for the pool before hastd runs. */
function createPool(
  { pool, resources }: StorageSpec & { type: 'zfs' },
  shape: readonly string[],
  equal: boolean,
): string {
  const blank = resources
    .map((name) => `device=/dev/hast/${words(name)}\n${onlyBlankForPool(name)}`)
    .join('\n');
  return stepScript(`
kldload -n zfs || exit 1
zpool list -H -o name ${words(pool)} >/dev/null 2>&1 && exit 0
if zpool import -d /dev/hast 2>/dev/null | grep -q ${words(`^ *pool: ${pool}$`)}; then
	zpool import -N -o cachefile=none -d /dev/hast ${words(pool)}
	exit
fi
${blank}
zpool create ${equal ? '' : '-f '}-o cachefile=none ${words(pool, ...shape)} || exit 1`);
}

function onlyBlankForPool(resource: string): string {
  return `
is_complete ${words(resource)} || fail "/dev/hast/${resource} is not primary and connected"
found=$(fstyp -u "$device" 2>/dev/null)
[ -z "$found" ] || refuse "$device already holds $found"`;
}

/** Devices of unequal size need -f, which also silences other refusals: blankness is checked first. */
function sameSizes({ spec, facts, primary }: PlanInput, resources: readonly string[]): boolean {
  const sizes = resources.map((name) => {
    const resource = spec.resources.find((candidate) => candidate.name === name)!;
    return facts[primary]!.providers[resource.local[primary]!]?.mediaSize ?? resource.zvol?.size;
  });
  return new Set(sizes).size <= 1;
}
