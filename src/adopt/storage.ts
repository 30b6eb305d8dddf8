import type { MountFacts, PoolFacts } from '../facts/types.js';
import type { StorageSpec, ZfsLayout } from '../spec/types.js';
import { plainPath, poolName } from '../spec/words.js';
import { hastMounts } from './fstab.js';
import type { AdoptedHast } from './hast.js';
import type { PairReading } from './reading.js';
import { scriptMountpoint } from './switch-script.js';
import { type AdoptFinding, finding } from './types.js';

/** What lies on the resources, as far as the nodes show it now, in fstab or in the switch script. */
export function adoptStorage(pair: PairReading, hast: AdoptedHast, findings: AdoptFinding[]): StorageSpec[] {
  const pools = pair.flatMap(({ facts }) => facts.zfs.pools).flatMap((pool) => poolOf(pool, hast, findings));
  const pooled = new Set(pools.flatMap((pool) => (pool.type === 'zfs' ? pool.resources : [])));
  const rest = hast.resources.filter(({ name }) => !pooled.has(name));
  return [...pools, ...rest.flatMap(({ name }) => ufsOf(name, pair, hast, findings))];
}

const LAYOUTS: Readonly<Record<string, ZfsLayout>> = {
  mirror: 'mirror',
  raidz1: 'raidz',
  raidz2: 'raidz2',
  raidz3: 'raidz3',
};

function poolOf(pool: PoolFacts, hast: AdoptedHast, findings: AdoptFinding[]): StorageSpec[] {
  const vdevs = pool.vdevs ?? [];
  const devices = vdevs.flatMap((vdev) => vdev.devices);
  const resources = devices.map((device) => resourceOn(device, hast));
  if (!resources.some((name) => name !== undefined)) return [];
  const layout = vdevs.length === 1 ? (LAYOUTS[vdevs[0]!.kind] ?? bareDisks(vdevs)) : bareDisks(vdevs);
  const named = poolName(pool.name);
  const why =
    named !== undefined
      ? `its name ${named}`
      : layout === undefined
        ? `its layout (${vdevs.map(({ kind }) => kind).join(', ')}) is none of stripe, mirror, raidz, raidz2, raidz3`
        : resources.includes(undefined)
          ? 'it has members that are no HAST resources, and those cannot move with it'
          : undefined;
  if (why === undefined && layout !== undefined) {
    return [{ type: 'zfs', pool: pool.name, layout, resources: resources.flatMap((name) => name ?? []) }];
  }
  findings.push(
    finding('inexpressible', `pool ${pool.name} is left out: ${why}`, {
      remedy: 'the agent would not move this pool: do not apply before that is solved',
    }),
  );
  return [];
}

function bareDisks(vdevs: NonNullable<PoolFacts['vdevs']>): ZfsLayout | undefined {
  return vdevs.every(({ kind }) => kind === 'disk') ? 'stripe' : undefined;
}

function resourceOn(device: string, { byDevice }: AdoptedHast): string | undefined {
  return byDevice.get(device.replace('/dev/hast/', ''));
}

function ufsOf(name: string, pair: PairReading, hast: AdoptedHast, findings: AdoptFinding[]): StorageSpec[] {
  const devices = [...hast.byDevice].filter(([, resource]) => resource === name).map(([device]) => device);
  const mounts = pair.flatMap((node) => hastMounts(node.facts));
  const whole = mounts.find(({ device }) => devices.includes(device.replace('/dev/hast/', '')));
  if (whole) return mountedOn(name, whole, findings);
  const part = mounts.find(({ device }) => devices.some((own) => isPart(device, own)));
  if (part) {
    findings.push(
      finding(
        'inexpressible',
        `${part.device} on ${part.mountpoint}: a cluster file has whole resources, not parts of ${name}`,
        {
          remedy: 'the agent would not mount it: do not apply before that is solved',
        },
      ),
    );
    return [];
  }
  const guess = pair.flatMap((node) => scriptMountpoint(node.facts, devices) ?? [])[0];
  if (guess !== undefined && plainPath(guess) === undefined) {
    findings.push(finding('assumed', `${name} is mounted on ${guess}, as the switch script has it`));
    return [{ type: 'ufs', resource: name, mountpoint: guess }];
  }
  findings.push(unseen(name, devices, pair));
  return [];
}

/** /dev/hast/disk0p1, disk0s1a, disk0.eli and the like. */
function isPart(device: string, own: string): boolean {
  const rest = device.startsWith(`/dev/hast/${own}`) ? device.slice(`/dev/hast/${own}`.length) : '';
  return /^(?:p\d+|s\d+[a-h]?|[a-h]|\.(?:eli|journal|nop))/.test(rest);
}

function mountedOn(name: string, mount: MountFacts, findings: AdoptFinding[]): StorageSpec[] {
  const why = mount.type !== 'ufs' ? `is ${mount.type}` : mountpointComplaint(mount.mountpoint);
  if (why === undefined) return [{ type: 'ufs', resource: name, mountpoint: mount.mountpoint }];
  findings.push(
    finding('inexpressible', `the file system of ${name} on ${mount.mountpoint} is left out: it ${why}`, {
      remedy: 'the agent would not mount it: do not apply before that is solved',
    }),
  );
  return [];
}

function mountpointComplaint(mountpoint: string): string | undefined {
  const why = plainPath(mountpoint);
  return why === undefined ? undefined : `is mounted where the path ${why}`;
}

function unseen(name: string, devices: readonly string[], pair: PairReading): AdoptFinding {
  const found = pair
    .flatMap(({ facts }) => facts.hastDevices)
    .find((device) => devices.includes(device.name));
  const what =
    found?.content === undefined
      ? `nothing shows what lies on ${name}`
      : `${found.content} lies on ${name}, and nothing shows where it belongs`;
  return finding('missing', `${what}: it has no storage in the cluster file`, {
    remedy: `add { type: ufs, resource: ${name}, mountpoint: /… }, a zfs pool or { type: raw, resource: ${name} } to storage`,
  });
}
