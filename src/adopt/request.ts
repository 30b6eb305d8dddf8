import type { FactsRequest } from '../facts/types.js';
import { MANAGED } from '../spec/derive.js';
import { DEVD_DIRECTORIES } from './devd-files.js';
import { FSTAB } from './fstab.js';
import { CTL_CONF, EXPORTS, SMB_CONF } from './services.js';

/** What adoption looks at: a node of which nothing is known. `node` only serves for messages until it has a name. */
export function adoptionRequest(node: string): FactsRequest {
  return {
    node,
    providers: [],
    files: [...Object.values(MANAGED), FSTAB, EXPORTS, CTL_CONF, SMB_CONF],
    confDirectories: DEVD_DIRECTORIES,
    services: ['hastd', 'devd', 'carp_hast'],
    ping: [],
    sysctls: ['net.inet.carp.preempt', 'net.inet.carp.allow', 'net.inet.carp.demotion'],
    directories: [],
  };
}
