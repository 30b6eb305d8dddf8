import type { AgentSpec, HastSpec } from './types.js';

/** What a cluster file means that does not say; `serialize.ts` leaves out what equals these. */
export const DEFAULT_HAST: HastSpec = {
  replication: 'memsync',
  timeout: 10,
  compression: 'hole',
  checksum: 'none',
};

export const DEFAULT_AGENT: AgentSpec = {
  settle: 1,
  bootWait: 120,
  onDemoteFailure: 'reboot',
  failback: 'manual',
  onDiskError: 'alert',
  onServiceFailure: 'alert',
  peerSshPort: 22,
  witness: [],
  fence: null,
  notify: null,
};

export const DEFAULT_CARP = { advbase: 1, unicast: false } as const;
