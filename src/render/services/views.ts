import { createHash } from 'node:crypto';
import { CTL_FILE, EXPORTS_FILE } from '../../spec/paths.js';
import { lunDevice, mountpointOf } from '../../spec/serving.js';
import type { ClusterSpec, IscsiSpec, NfsSpec, SambaSpec } from '../../spec/types.js';
import type { NodeHints, RenderSecrets } from '../types.js';

interface Variable {
  name: string;
  value: string;
}

/** The addresses that clients use, as servers are told to listen on. */
export function sharedAddresses({ carp }: ClusterSpec): string[] {
  return [carp.address];
}

export function nfsOf(spec: ClusterSpec): NfsSpec | undefined {
  return spec.services.find((service) => service.type === 'nfs');
}

export function lunsOf(spec: ClusterSpec): IscsiSpec[] {
  return spec.services.filter((service) => service.type === 'iscsi');
}

export function sharesOf(spec: ClusterSpec): SambaSpec[] {
  return spec.services.filter((service) => service.type === 'samba');
}

/** rc.conf variables of the servers: none starts at boot, the agent starts them where the storage is. */
export function servingVariables(spec: ClusterSpec, hints: NodeHints | undefined): Variable[] {
  const nfs = nfsOf(spec);
  return [
    ...(nfs === undefined ? [] : nfsVariables(spec, nfs, hints)),
    ...(lunsOf(spec).length === 0
      ? []
      : [
          { name: 'ctld_enable', value: 'NO' },
          { name: 'ctld_flags', value: `-f ${CTL_FILE}` },
        ]),
    ...(sharesOf(spec).length === 0 ? [] : [{ name: 'samba_server_enable', value: 'NO' }]),
  ];
}

/** -S: exports are read anew without errors at clients. What nfsd and mountd need not listen on is the nodes' own. */
function nfsVariables(spec: ClusterSpec, { version }: NfsSpec, hints: NodeHints | undefined): Variable[] {
  const addresses = sharedAddresses(spec).flatMap((address) => ['-h', address]);
  const files = hints?.zfsEnabled === true ? [EXPORTS_FILE] : ['/etc/exports', EXPORTS_FILE];
  return [
    { name: 'nfs_server_enable', value: 'NO' },
    { name: 'nfs_server_flags', value: ['-t', ...addresses].join(' ') },
    { name: 'mountd_enable', value: 'NO' },
    { name: 'mountd_flags', value: ['-r', '-S', ...addresses, ...files].join(' ') },
    { name: 'nfsv4_server_enable', value: version === 4 ? 'YES' : 'NO' },
  ];
}

export function exportsView(spec: ClusterSpec, { exports, version }: NfsSpec): object {
  return { cluster: spec.name, version4: version === 4, exports: [...exports] };
}

export function ctlView(
  spec: ClusterSpec,
  luns: readonly IscsiSpec[],
  { chap = {} }: Pick<RenderSecrets, 'chap'>,
): object {
  return {
    cluster: spec.name,
    discovery: 'no-authentication',
    listen: sharedAddresses(spec).map((address) =>
      address.includes(':') ? `[${address}]:3260` : `${address}:3260`,
    ),
    luns: luns.map((lun) => ({
      target: lun.target,
      name: (lun.volume ?? lun.resource ?? '').replaceAll('/', '-'),
      path: lunDevice(lun),
      ...identityOf(spec, lun),
      user: lun.chapFile === undefined ? '' : (lun.chapUser ?? spec.name),
      secret: chap[lun.target]?.reveal() ?? '',
    })),
  };
}

/**
 * What initiators know the disk by. ctld's own defaults count by order of creation, and are the same on every machine in
 * the world; these come from the pair and the target, so they are the same on both nodes and nowhere else.
 */
export function identityOf(
  spec: ClusterSpec,
  { target, serial, deviceId, naa }: IscsiSpec,
): { serial: string; deviceId: string; naa: string } {
  const digest = createHash('sha256').update(`${spec.name}/${target}/0`).digest('hex');
  return {
    serial: serial ?? digest.slice(0, 16),
    deviceId: deviceId ?? `HASTCONF ${digest.slice(16, 40)}`,
    naa: naa ?? `0x3${digest.slice(40, 55)}`,
  };
}

/** NetBIOS names have 15 bytes, and no dots. */
export function smbView(spec: ClusterSpec, shares: readonly SambaSpec[]): object {
  return {
    cluster: spec.name,
    netbios: spec.name.replace(/[._]/g, '-').slice(0, 15).toUpperCase(),
    interfaces: [...sharedAddresses(spec), '127.0.0.1'].join(' '),
    state: sambaState(spec, shares[0]!),
    shares: shares.map(({ share, path }) => ({ name: share, path })),
  };
}

/** Where Samba keeps its users and identifiers: on the storage of the first share. */
export function sambaState(spec: ClusterSpec, { path }: SambaSpec): string {
  const mounts = spec.storage.flatMap((entry) => mountpointOf(entry) ?? []);
  const mount = mounts.find((one) => path === one || path.startsWith(`${one}/`));
  return `${mount ?? path}/.hastconf/samba`;
}
