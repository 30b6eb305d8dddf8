import {
  AGENT,
  AGENT_CONF,
  AGENT_KNOWN_HOSTS,
  APPLIED,
  CTL_FILE,
  DEVD_CONF,
  EXPORTS_FILE,
  DIRECTORIES as OWN_DIRECTORIES,
  PEER_AUTHORIZED_KEYS,
  PENDING_DIR,
  RC_SCRIPT,
  SMB_FILE,
  SMB_MAIN,
} from '../spec/paths.js';
import { type ClusterSpec, peerOf, type ServiceSpec } from '../spec/types.js';
import { jailKey } from './services.js';
import type { FactsRequest } from './types.js';

/** Files that hastconf writes, or edits in part, on every pair, and what it remembers of that. */
const FILES = [
  APPLIED,
  '/etc/hast.conf',
  '/etc/rc.conf',
  '/boot/loader.conf',
  '/etc/sysctl.conf',
  '/etc/hosts',
  DEVD_CONF,
  AGENT,
  AGENT_CONF,
  AGENT_KNOWN_HOSTS,
  RC_SCRIPT,
  PEER_AUTHORIZED_KEYS,
];

const SERVICES = ['hastd', 'devd', 'carp_hast', 'sshd'];

/** What carries the product's own files; mount points come from the cluster file. */
const DIRECTORIES = ['/', '/usr/local', '/var/db'];

/** Marks of changed files that somebody has yet to notice (see PENDING_DIR). */
const MARKS = ['hastd', 'devd', 'carp', 'agent', 'mountd', 'ctld', 'samba_server'].map(
  (noticer) => `${PENDING_DIR}/${noticer}`,
);

const SYSCTLS = ['net.inet.carp.preempt', 'net.inet.carp.allow', 'net.inet.carp.demotion'];

/** rc services and files behind a service of the cluster file. */
const BEHIND: Readonly<Record<'nfs' | 'iscsi' | 'samba', { services: string[]; files: string[] }>> = {
  nfs: { services: ['nfsd', 'mountd', 'rpcbind'], files: ['/etc/exports', EXPORTS_FILE] },
  iscsi: { services: ['ctld'], files: ['/etc/ctl.conf', CTL_FILE] },
  samba: { services: ['samba_server'], files: [SMB_MAIN, SMB_FILE] },
};

/** Everything that plan, status and doctor need to know of one node of this cluster; pure. */
export function factsRequest(spec: ClusterSpec, node: string): FactsRequest {
  const behind = spec.services.map(behindService);
  return {
    node,
    providers: spec.resources.flatMap(({ name, local }) => {
      const path = local[node];
      return path === undefined ? [] : [{ resource: name, path }];
    }),
    files: unique([...FILES, ...behind.flatMap(({ files }) => files)]),
    filesBefore93: ['/etc/devd.conf'],
    services: unique([...SERVICES, ...behind.flatMap(({ services }) => services)]),
    ping: unique([peerOf(spec, node).replication, spec.carp.address, ...spec.agent.witness]),
    sysctls: SYSCTLS,
    directories: unique([
      ...DIRECTORIES,
      ...OWN_DIRECTORIES.map(({ path }) => path),
      ...MARKS,
      ...mountpoints(spec),
    ]),
  };
}

function behindService(service: ServiceSpec): { services: string[]; files: string[] } {
  if (service.type === 'rc') return { services: [service.name], files: [] };
  return service.type === 'jail' ? { services: [jailKey(service.name)], files: [] } : BEHIND[service.type];
}

/** A pool is mounted on /POOL unless it says otherwise. */
function mountpoints(spec: ClusterSpec): string[] {
  return spec.storage.flatMap((storage) => {
    if (storage.type === 'ufs') return [storage.mountpoint];
    return storage.type === 'zfs' ? [`/${storage.pool}`] : [];
  });
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
