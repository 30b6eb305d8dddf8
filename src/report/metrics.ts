import type { ClusterStatus, NodeStatus, ResourceStatus } from './status-types.js';

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];
type Metric = readonly [name: string, help: string, samples: readonly Sample[]];

const VERDICTS = ['healthy', 'degraded', 'synchronising', 'split', 'down', 'not set up'] as const;

/**
 * The status in the text format of Prometheus, for node_exporter's text files. Names and labels are those of
 * `carp-hast-switch status --metrics`, which each node prints of itself; what is not known is left out.
 */
export function statusMetrics(status: ClusterStatus): string {
  return [...clusterMetrics(status), ...nodeMetrics(status), ...resourceMetrics(status)]
    .map((metric) => textOf(metric, status.cluster))
    .join('');
}

function clusterMetrics(status: ClusterStatus): Metric[] {
  const verdicts = VERDICTS.map((verdict): Sample => [{ verdict }, status.verdict === verdict ? 1 : 0]);
  return [
    ['verdict', 'The state of the pair: 1 for the one that holds.', verdicts],
    ['problems', 'Things that are not as they should be.', [[{}, status.problems.length]]],
  ];
}

function nodeMetrics({ nodes }: ClusterStatus): Metric[] {
  const each = (value: (node: NodeStatus) => number | null | undefined): Sample[] =>
    nodes.flatMap((node): Sample[] => {
      const found = value(node);
      return found === null || found === undefined ? [] : [[{ node: node.node }, found]];
    });
  const word = (wanted: string) => each(({ agent }) => agent && bit(agent.state === wanted));
  const alarms = nodes.flatMap(({ node, agent }) =>
    (agent?.alarms ?? []).map(({ alarm, since }): Sample => [{ node, alarm }, seconds(since) ?? 0]),
  );
  return [
    ['reachable', 'The node answers.', each(({ reachable }) => bit(reachable))],
    ['serving', 'This node has the storage.', word('serving')],
    ['standby', 'This node is a standby.', word('standby')],
    ['fresh', 'This copy has all the data.', each(({ agent }) => agent && bit(agent.fresh === 'fresh'))],
    ['epoch', 'Promotions of this copy.', each(({ agent }) => agent?.epoch)],
    [
      'agreed_epoch',
      'Epoch at which both copies were last the same.',
      each(({ agent }) => agent?.agreedEpoch),
    ],
    [
      'maintenance',
      'No fail-over by or to this node.',
      each(({ agent }) => agent && bit(agent.maintenanceUntil !== null)),
    ],
    ['hastd_up', 'hastd answers.', each(({ hastd }) => hastd && bit(hastd === 'running'))],
    ['carp_master', 'This node holds the address.', each(({ carp }) => carp && bit(carp.state === 'MASTER'))],
    [
      'last_transition_timestamp_seconds',
      'When the node last changed its role.',
      each(({ agent }) => seconds(agent?.lastTransition?.at ?? null)),
    ],
    [
      'last_transition_duration_seconds',
      'How long that took.',
      each(({ agent }) => agent?.lastTransition?.seconds),
    ],
    ['alarm_since_timestamp_seconds', 'Since when an alarm holds.', alarms],
  ];
}

function resourceMetrics({ resources, nodes }: ClusterStatus): Metric[] {
  const roles = (value: (role: NonNullable<NodeStatus['roles'][string]>) => number): Sample[] =>
    nodes.flatMap(({ node, roles: known }) =>
      Object.entries(known).flatMap(([resource, role]): Sample[] =>
        role === null ? [] : [[{ node, resource }, value(role)]],
      ),
    );
  const primary = (value: (one: ResourceStatus) => number | null): Sample[] =>
    resources.flatMap((one): Sample[] => {
      const found = value(one);
      if (one.primary === null || found === null) return [];
      return [[{ node: one.primary, resource: one.resource }, found]];
    });
  const errors = resources.flatMap(({ resource, localErrors }) =>
    Object.entries(localErrors).map(([node, count]): Sample => [{ node, resource }, count]),
  );
  return [
    ['resource_primary', 'The resource is primary here.', roles(({ role }) => bit(role === 'primary'))],
    [
      'resource_connected',
      'The resource is connected to the other node.',
      roles(({ status }) => bit(status === 'complete')),
    ],
    ['resource_dirty_bytes', 'Bytes that the other copy lacks.', primary(({ dirty }) => dirty)],
    ['resource_copy_rate_bytes', 'Bytes a second that are being copied.', primary(({ rate }) => rate)],
    ['resource_local_errors', 'I/O errors of the local provider since its worker started.', errors],
  ];
}

function textOf([name, help, samples]: Metric, cluster: string): string {
  const lines = samples.map(
    ([labels, value]) => `hastconf_${name}{${labelsText({ cluster, ...labels })}} ${value}\n`,
  );
  return `# HELP hastconf_${name} ${help}\n# TYPE hastconf_${name} gauge\n${lines.join('')}`;
}

function labelsText(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, (found) => ESCAPES[found]!)}"`)
    .join(',');
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

function bit(holds: boolean): number {
  return holds ? 1 : 0;
}

function seconds(iso: string | null): number | null {
  return iso === null ? null : Math.round(Date.parse(iso) / 1000);
}
