import type { Machine } from './machine.js';
import { NFSD_SYSCTLS } from './nfs.js';
import { OSRELDATE, RELEASE } from './profile.js';
import { dateText } from './text.js';

const CARP = 'net.inet.carp';

/** Names below net.inet.carp, in the order in which sysctl lists them. */
export const CARP_NAMES = [
  'ifdown_demotion_factor',
  'senderr_demotion_factor',
  'demotion',
  'log',
  'preempt',
  'dscp',
  'allow',
].map((name) => `${CARP}.${name}`);

/** GEOM's mesh: providers with their access counts, as geom_dump.c prints them. */
function mesh(machine: Machine): string {
  const provider = (name: string, size: number, mode: string): string =>
    [
      '    <geom id="0xfffff80003a1b400">',
      '      <class ref="0xffffffff81b1f0c8"/>',
      `      <name>${name}</name>`,
      '      <rank>1</rank>',
      '\t<provider id="0xfffff80003a1b200">',
      '\t  <geom ref="0xfffff80003a1b400"/>',
      `\t  <mode>${mode}</mode>`,
      `\t  <name>${name}</name>`,
      `\t  <mediasize>${size}</mediasize>`,
      '\t  <sectorsize>512</sectorsize>',
      '\t</provider>',
      '    </geom>',
    ].join('\n');
  const disks = [...machine.disks.values()].map((disk) =>
    provider(disk.name, disk.size, machine.fs.mode(disk)),
  );
  const devices = [...machine.hastd.resources.values()].flatMap((resource) => {
    const { worker } = resource;
    if (worker?.device !== true) return [];
    const { provname } = resource.conf;
    return [provider(`hast/${provname}`, worker.metadata.datasize, machine.fs.deviceMode(resource))];
  });
  const body = [...disks, ...devices].join('\n');
  return `<mesh>\n  <class id="0xffffffff81b1f0c8">\n    <name>DISK</name>\n${body}\n  </class>\n</mesh>`;
}

/** Reads one sysctl; undefined: unknown oid. */
export function getSysctl(machine: Machine, name: string): string | undefined {
  if (name.startsWith(`${CARP}.`)) {
    if (!machine.modules.has('carp') || !CARP_NAMES.includes(name)) return undefined;
    if (name === `${CARP}.demotion`) return String(machine.carp.demotion);
    if (name === `${CARP}.preempt`) return String(machine.carp.preempt);
    if (name === `${CARP}.allow`) return String(machine.carp.allow);
    const defaults: Readonly<Record<string, string>> = { log: '1', dscp: '56' };
    return machine.sysctls.get(name) ?? defaults[name.slice(CARP.length + 1)] ?? '240';
  }
  const { profile } = machine;
  const fixed: Readonly<Record<string, string>> = {
    'kern.hostname': machine.name,
    'kern.hostuuid': profile.hostuuid,
    'kern.hostid': String(profile.hostid),
    'kern.osreldate': String(OSRELDATE),
    'kern.osrelease': RELEASE,
    'kern.ostype': 'FreeBSD',
    'kern.features.inet6': '1',
    'kern.features.inet': '1',
    'kern.disks': [...machine.disks.keys()]
      .filter((disk) => !disk.includes('/'))
      .reverse()
      .join(' '),
    'kern.boottime': `{ sec = ${Math.floor(machine.bootedAt / 1000)}, usec = 0 } ${dateText(machine.bootedAt, '')}`,
    'hw.machine': 'amd64',
    'hw.machine_arch': 'amd64',
    'hw.ncpu': '1',
    'hw.physmem': '1041956864',
    'kern.securelevel': '-1',
    'kern.geom_gate.maxunits': '256',
    'security.jail.jailed': '0',
    'net.inet.ip.forwarding': '0',
    'kern.geom.confxml': mesh(machine),
  };
  if (NFSD_SYSCTLS[name] !== undefined && !machine.modules.has('nfsd')) return undefined;
  if (name === 'vfs.zfs.vol.recursive' && !machine.modules.has('zfs')) return undefined;
  return machine.sysctls.get(name) ?? fixed[name] ?? NFSD_SYSCTLS[name];
}

/** Sets one; answers false when there is no such oid. Writes to `demotion` are added. */
export function setSysctl(machine: Machine, name: string, value: string): boolean {
  if (getSysctl(machine, name) === undefined) return false;
  const { carp } = machine;
  if (name === `${CARP}.demotion`) carp.demote(Number(value), 'sysctl');
  else if (name === `${CARP}.preempt`) carp.preempt = Number(value);
  else if (name === `${CARP}.allow`) {
    carp.allow = Number(value);
    for (const one of [...carp.vhids]) carp.interfaceChanged(one.interface);
  } else machine.sysctls.set(name, value);
  return true;
}
