import { DEVD_DIRECTORIES } from '../adopt/devd-files.js';
import { factsRequest } from '../facts/request.js';
import type { FactsRequest } from '../facts/types.js';
import { BACKUP_DIR } from '../spec/paths.js';
import type { ClusterSpec } from '../spec/types.js';
import { IDENTITY } from './checks/service-identity.js';
import { REPLICATORS } from './checks/third-copy.js';

/** What plan and status ask of a node, and what the doctor looks at besides. */
export function doctorRequest(spec: ClusterSpec, node: string): FactsRequest {
  const base = factsRequest(spec, node);
  const identities = spec.services.flatMap(({ type }) =>
    type === 'rc' || type === 'jail' ? [] : [IDENTITY[type]],
  );
  return {
    ...base,
    // devd.conf on any release: another rule for CARP may stand there.
    files: [
      ...new Set([
        ...base.files,
        '/etc/devd.conf',
        '/etc/fstab',
        ...identities.flatMap(({ files }) => files),
      ]),
    ],
    filesBefore93: [],
    confDirectories: [...new Set([...(base.confDirectories ?? []), ...DEVD_DIRECTORIES])],
    services: [...new Set([...base.services, 'syslogd', 'ntpd', 'chronyd', 'openntpd', ...REPLICATORS])],
    sysctls: [...new Set([...base.sysctls, ...identities.flatMap(({ sysctls }) => sysctls)])],
    directories: [...new Set([...base.directories, BACKUP_DIR])],
  };
}
