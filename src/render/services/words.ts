import { exportedMount, lunDevice, START_WITHIN, STOP_WITHIN } from '../../spec/serving.js';
import type { ClusterSpec, IscsiSpec, ServiceSpec } from '../../spec/types.js';
import { sambaState } from './views.js';

/** A service as agent.conf declares it; `adopt` reads the same words. */
export function serviceWords(spec: ClusterSpec, service: ServiceSpec): string[] {
  switch (service.type) {
    case 'nfs':
      return service.version === 4
        ? ['nfs4', exportedMount(spec, service.exports) ?? '', ...service.exports]
        : ['nfs', ...service.exports];
    case 'iscsi':
      return ['iscsi', service.target, lunDevice(service), ...identityWords(service)];
    case 'samba':
      return ['samba', service.share, service.path, sambaState(spec, service)];
    default:
      return [service.type, service.name, ...limitWords(service)];
  }
}

/** Nothing to the agent: adopt finds here what the cluster file said. */
function identityWords({ size, chapUser, serial, deviceId, naa }: IscsiSpec): string[] {
  const given = { size: size?.toString(), chapUser, serial, deviceId, naa };
  return Object.entries(given).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`]));
}

function limitWords({ startWithin, stopWithin }: { startWithin?: number; stopWithin?: number }): string[] {
  if (startWithin === undefined && stopWithin === undefined) return [];
  return [String(startWithin ?? START_WITHIN), String(stopWithin ?? STOP_WITHIN)];
}
