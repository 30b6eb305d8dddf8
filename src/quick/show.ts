import { type CommandContext, printResult, say } from '../io.js';
import { table } from '../report/text.js';
import { serializeSpec } from '../spec/serialize.js';
import type { ClusterSpec, ServiceSpec } from '../spec/types.js';
import { formatSize } from '../spec/units.js';

/** What was derived, for people; as one JSON line with --json. */
export function showDerived({ io, global }: CommandContext, spec: ClusterSpec): void {
  if (global.json) {
    printResult(io, JSON.stringify({ event: 'derived', clusterFile: serializeSpec(spec) }));
    return;
  }
  const [resource] = spec.resources;
  const [first, second] = spec.nodes;
  const rows = [
    ['', first.name, second.name],
    ['login', 'this machine', 'host' in second.ssh ? second.ssh.host : 'this machine'],
    ['replication', first.replication, second.replication],
    ['CARP on', first.interface, second.interface],
    ['provider', resource!.local[first.name]!, resource!.local[second.name]!],
  ];
  const size = resource!.zvol ? `, ${formatSize(resource!.zvol.size)}` : '';
  const { address, prefixLength, vhid } = spec.carp;
  const tail = [
    `CARP address ${address}/${prefixLength}, VHID ${vhid}; ${spec.preferred} becomes primary`,
    `HAST resource ${resource!.name}${size}: /dev/hast/${resource!.name} on the primary`,
    ...spec.services.flatMap(servedAs),
  ];
  say(io, ['Derived from the arguments and both machines:', ...table(rows), ...tail, ''].join('\n'));
}

function servedAs(service: ServiceSpec): string[] {
  if (service.type === 'nfs') return service.exports.map((line) => `NFS: ${line}`);
  return service.type === 'iscsi' ? [`iSCSI: ${service.target}`] : [];
}
