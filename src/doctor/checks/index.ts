import { carpHearing } from '../probes/carp-hearing.js';
import { handshake } from '../probes/handshake.js';
import { peerChannel } from '../probes/peer-channel.js';
import { replicationPath } from '../probes/replication-path.js';
import { throughput } from '../probes/throughput.js';
import type { Check } from '../types.js';
import { agent, agentHearsWitness, epochs, isolation } from './agent.js';
import { bootOrder, fstab, poolCache } from './boot.js';
import { carpIdentity, carpNetwork, carpSettings } from './carp.js';
import { backups, configuration, hastdConfiguration, preflight, remoteAddress } from './configuration.js';
import { devdRules } from './devd.js';
import { firewall } from './firewall.js';
import { clock, disks, syslog } from './machine.js';
import { serviceIdentity } from './service-identity.js';
import { failoverTime } from './speed.js';
import { thirdCopy } from './third-copy.js';
import { nodes, replication, roles, services, storage, verification } from './verification.js';

/** Every check, in the order in which they are shown: causes before their effects, slow ones last. */
export const CHECKS: readonly Check[] = [
  nodes,
  preflight,
  configuration,
  hastdConfiguration,
  remoteAddress,
  services,
  agent,
  roles,
  replication,
  epochs,
  storage,
  verification,
  devdRules,
  bootOrder,
  poolCache,
  fstab,
  carpSettings,
  carpIdentity,
  carpNetwork,
  firewall,
  isolation,
  agentHearsWitness,
  serviceIdentity,
  thirdCopy,
  failoverTime,
  clock,
  syslog,
  disks,
  backups,
  peerChannel,
  carpHearing,
  replicationPath,
  throughput,
  handshake,
];
