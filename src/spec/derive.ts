import { basename, dirname, join } from 'node:path';
import type { ClusterSpec } from './types.js';

/** Where hastconf's own files are on a node. */
export const MANAGED = {
  hastConf: '/etc/hast.conf',
  devd: '/usr/local/etc/devd/hastconf.conf',
  /** FreeBSD before 9.3 reads only this one. */
  devdOld: '/etc/devd.conf',
  rcConf: '/etc/rc.conf',
  loaderConf: '/boot/loader.conf',
  sysctlConf: '/etc/sysctl.conf',
  hosts: '/etc/hosts',
  agent: '/usr/local/sbin/carp-hast-switch',
  agentConf: '/usr/local/etc/hastconf/agent.conf',
  rcScript: '/usr/local/etc/rc.d/carp_hast',
} as const;

/** The file that holds the CARP password: as named in the cluster file, else beside it (`pair.yaml` -> `pair.carp`). */
export function carpPasswordPath(spec: ClusterSpec, specPath: string): string {
  if (spec.carp.passwordFile !== undefined) return spec.carp.passwordFile;
  return join(dirname(specPath), `${basename(specPath).replace(/\.ya?ml$/, '')}.carp`);
}

/** The address part of rc.conf's variable names: network.subr turns `.`, `-`, `/` and `+` into `_`. */
export function rcInterfaceName(name: string): string {
  return name.replace(/[.\-/+]/g, '_');
}

/** Interfaces that carry CARP, each once, in node order. */
export function carpInterfaces(spec: ClusterSpec): readonly string[] {
  return [...new Set(spec.nodes.map((node) => node.interface))];
}
