import { endsFunctions, WIPE_FUNCTIONS } from '../../facts/ends-script.js';
import type { UfsSpec, ZfsSpec } from '../../spec/types.js';
import { consentFor } from '../destructions.js';
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

function ufsStep(input: PlanInput, { resource, mountpoint, journal }: UfsSpec): Step[] {
  if (!mayAssignRoles(resource, input.facts) || contentOf(input, resource) === 'ufs') return [];
  const flags = journal === false ? '-U' : '-U -j';
  return [
    {
      id: `${input.primary}/format/${resource}`,
      node: input.primary,
      phase: 'format',
      title: `Make a UFS file system on ${resource}${unlessThere(input, [resource])}`,
      risk: givesUp(input, [resource]) ? 'destroys' : 'none',
      diff: `+ newfs ${flags} /dev/hast/${resource} (for ${mountpoint})`,
      action: {
        kind: 'script',
        timeoutMs: 600_000,
        script: stepScript(`
${ENDS}${onlyBlank(input, resource, 'ufs')}
newfs ${flags} "$device" >/dev/null || exit 1`),
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

const ENDS = `${endsFunctions()}${WIPE_FUNCTIONS}`;

/** What is on the device of a resource may be lost. */
function givesUp(input: PlanInput, resources: readonly string[]): boolean {
  return resources.some((name) => consentFor(input, input.primary, `/dev/hast/${name}`));
}

/**
 * Connected first, so that nothing has to be copied; blank, so that nothing is lost. What create left is blank (its
 * step sees to that), and a newfs that was cut off has left a superblock that says so (FS_BAD_MAGIC).
 */
function onlyBlank(input: PlanInput, resource: string, done?: string): string {
  const path = `/dev/hast/${resource}`;
  const consent = `${input.primary}:${path}`;
  const isDone =
    done === undefined ? '' : `[ "$(fstyp -u "$device" 2>/dev/null)" != ${words(done)} ] || exit 0\n`;
  const connected = `
device=${words(path)}
is_complete ${words(resource)} || fail "$device is not primary and connected"
${isDone}`;
  if (consentFor(input, input.primary, path)) return connected;
  return `${connected}
case $(ends_mark "$device" device) in
blank) ;;
unreadable) fail "both ends of $device could not be read" ;;
*)
	bad=$(dd if="$device" bs=65536 skip=1 count=1 2>/dev/null | od -A n -v -t x1 -j 1372 -N 4 | tr -d ' \\n')
	[ "$bad" = 08049619 ] || refuse "$device is not blank: $(content_name "$device"). If that may be lost: hastconf apply --destroy ${consent}"
	;;
esac`;
}

function poolStep(input: PlanInput, storage: ZfsSpec): Step[] {
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
      risk: givesUp(input, resources) ? 'destroys' : 'none',
      diff: `+ zpool create ${[...poolOptions(storage), pool, ...shape].join(' ')}`,
      action: {
        kind: 'script',
        timeoutMs: 300_000,
        script: createPool(input, storage, shape),
      },
      verify: `zpool list -H -o name ${words(pool)} >/dev/null 2>&1`,
    },
  ];
}

/** cachefile is not stored in the pool: without it the next boot would look for the pool before hastd runs. */
function createPool(input: PlanInput, storage: ZfsSpec, shape: readonly string[]): string {
  const { pool, resources, keyFile } = storage;
  const blank = resources.map((name) => onlyBlank(input, name)).join('\n');
  const key =
    keyFile === undefined
      ? ''
      : `[ -r ${words(keyFile)} ] || fail ${words(`there is no ${keyFile}: put the key of the pool there, on both nodes`)}\n`;
  const force = !sameSizes(input, resources) || givesUp(input, resources);
  return stepScript(`
kldload -n zfs || exit 1
zpool list -H -o name ${words(pool)} >/dev/null 2>&1 && exit 0
if zpool import -d /dev/hast 2>/dev/null | grep -q ${words(`^ *pool: ${pool}$`)}; then
	zpool import -N -o cachefile=none -d /dev/hast ${words(pool)}
	exit
fi
${ENDS}${blank}
${key}zpool create ${force ? '-f ' : ''}${words(...poolOptions(storage), pool, ...shape)} || exit 1`);
}

/** Of zpool-create(8). The key is read from its file again at every take-over, on whichever node that is. */
function poolOptions({ properties = [], keyFile, keyFormat }: ZfsSpec): string[] {
  const encryption =
    keyFile === undefined
      ? []
      : ['encryption=on', `keyformat=${keyFormat ?? 'raw'}`, `keylocation=file://${keyFile}`];
  return [
    ...['-o', 'cachefile=none'],
    ...[...properties, ...encryption].flatMap((property) => ['-O', property]),
  ];
}

/** Devices of unequal size need -f, which also silences other refusals: blankness is checked first. */
function sameSizes({ spec, facts }: PlanInput, resources: readonly string[]): boolean {
  const sizes = resources.map((name) => {
    const resource = spec.resources.find((candidate) => candidate.name === name)!;
    const known = Object.values(facts).flatMap(
      ({ node, providers }) => providers[resource.local[node]!]?.mediaSize ?? [],
    );
    return known.length > 0 ? Math.min(...known) : resource.zvol?.size;
  });
  return new Set(sizes).size <= 1;
}
