import { agentBody, keysCommand } from './agent.js';
import { directoriesBody } from './directories.js';
import { disksBody } from './disks.js';
import { filesCommand } from './files.js';
import { DONE, prelude } from './frames.js';
import { hastBody, hastDevicesBody } from './hast.js';
import { interfacesCommand } from './interfaces.js';
import { modulesCommand } from './modules.js';
import { mountsCommand } from './mounts.js';
import { clockCommand, osCommand } from './os.js';
import { pingBody } from './ping.js';
import { probesBody } from './probe.js';
import { rcCommand } from './rc.js';
import { routeCommand } from './route.js';
import { servicesBody } from './services.js';
import type { FactsRequest } from './types.js';
import { zfsBody } from './zfs.js';

/**
 * The whole question to one node: pure, read-only, POSIX sh. `nonce` must be new for every run, so that no file
 * on the node can hold a marker. Waiting (pings) runs beside the rest and is read at the end through the pipe.
 */
export function factsScript(request: FactsRequest, nonce: string): string {
  const count = request.providers.length;
  const bodies = [
    pingBody(request),
    disksBody(),
    probesBody(request),
    hastBody(request),
    hastDevicesBody(),
    zfsBody(),
    servicesBody(request),
    directoriesBody(request),
    agentBody(),
    `network() {\n${interfacesCommand()}${routeCommand()}}\n`,
  ];
  const subjects = [
    clockCommand(),
    osCommand(),
    mountsCommand(),
    modulesCommand(request),
    rcCommand(),
    filesCommand(request),
    keysCommand(),
    'limited 8 network\n',
    'limited 30 disks\n',
    `limited ${20 + count} provider_probes\n`,
    'limited 20 disk_probes\n',
    `limited ${10 + count} hast_facts\n`,
    'limited 6 device_frames\n',
    'limited 25 zfs_facts\n',
    'limited 30 services\n',
    'limited 10 directories\n',
    'limited 7 agent_facts\n',
  ];
  return `${prelude(nonce)}${bodies.join('')}subjects() {
exec 4<&0 </dev/null
${subjects.join('')}limited 10 ping_frame
${DONE}}
(
  exec 5>&1 >/dev/null 2>&1 </dev/null
  pings
) | subjects
`;
}

/** Milliseconds after which the script is given up: more than all of its own limits together. */
export function scriptTimeoutMs(request: FactsRequest): number {
  return (240 + 2 * request.providers.length) * 1000;
}
