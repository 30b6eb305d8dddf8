import { basename, dirname, join } from 'node:path';
import { AGENT, AGENT_CONF, DEVD_CONF, RC_SCRIPT } from './paths.js';
import type { ClusterSpec } from './types.js';

/** The files on a node that hastconf writes, whole or in part. */
export const MANAGED = {
  hastConf: '/etc/hast.conf',
  devd: DEVD_CONF,
  /** FreeBSD before 9.3 reads only this one. */
  devdOld: '/etc/devd.conf',
  rcConf: '/etc/rc.conf',
  loaderConf: '/boot/loader.conf',
  sysctlConf: '/etc/sysctl.conf',
  hosts: '/etc/hosts',
  agent: AGENT,
  agentConf: AGENT_CONF,
  rcScript: RC_SCRIPT,
} as const;

/** The file that holds the CARP password: as named in the cluster file, else beside it (`pair.yaml` -> `pair.carp`). */
export function carpPasswordPath(spec: ClusterSpec, specPath: string): string {
  if (spec.carp.passwordFile !== undefined) return spec.carp.passwordFile;
  return join(dirname(specPath), `${basename(specPath).replace(/\.ya?ml$/, '')}.carp`);
}

/** The interface's part of rc.conf's variable names: network.subr turns `.`, `-`, `/` and `+` into `_`. */
export function rcInterfaceName(name: string): string {
  return name.replace(/[.\-/+]/g, '_');
}

/** Interfaces that carry CARP, each once, in node order. */
export function carpInterfaces(spec: ClusterSpec): readonly string[] {
  return [...new Set(spec.nodes.map((node) => node.interface))];
}
