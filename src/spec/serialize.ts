import { Document } from 'yaml';
import { DEFAULT_AGENT, DEFAULT_CARP, DEFAULT_HAST } from './defaults.js';
import type { ClusterSpec, NodeSpec, ResourceSpec, ServiceSpec } from './types.js';
import { formatDuration, formatSize } from './units.js';

type Plain = Record<string, unknown>;

/** The cluster file that means this spec: keys in the file's own order, defaults left out. Ends with LF. */
export function serializeSpec(spec: ClusterSpec): string {
  const names = spec.nodes.map((node) => node.name);
  const document = new Document(
    pruned({
      version: 1,
      name: spec.name,
      nodes: Object.fromEntries(spec.nodes.map((node) => [node.name, nodeEntry(node)])),
      carp: carpEntry(spec),
      preferred: spec.preferred === names[0] ? undefined : spec.preferred,
      hast: nonEmpty(changed({ ...spec.hast }, { ...DEFAULT_HAST })),
      resources: Object.fromEntries(spec.resources.map((entry) => [entry.name, resourceEntry(entry)])),
      storage: nonEmptyList(spec.storage),
      services: nonEmptyList(spec.services.map(serviceEntry)),
      agent: nonEmpty(agentEntry(spec)),
    }),
    // Without aliases: the same object twice must not become an anchor.
    { aliasDuplicateObjects: false },
  );
  return document.toString({ lineWidth: 0 });
}

function nodeEntry(node: NodeSpec): Plain {
  const ssh = 'local' in node.ssh ? undefined : node.ssh;
  return pruned({
    local: ssh ? undefined : true,
    ssh: ssh && pruned({ ...ssh, become: ssh.become === 'none' ? undefined : ssh.become }),
    replication: node.replication,
    interface: node.interface,
  });
}

function carpEntry({ carp }: ClusterSpec): Plain {
  return pruned({
    address: `${carp.address}/${carp.prefixLength}`,
    vhid: carp.vhid,
    ...changed({ advbase: carp.advbase, unicast: carp.unicast }, { ...DEFAULT_CARP }),
    password: carp.passwordFile === undefined ? undefined : { file: carp.passwordFile },
  });
}

function resourceEntry(resource: ResourceSpec): Plain {
  if (!resource.zvol) return { local: oneOrBoth(resource.local) };
  const { pool, name, size, sparse } = resource.zvol;
  return { zvol: pruned({ pool: oneOrBoth(pool), name, size: formatSize(size), sparse }) };
}

function serviceEntry(service: ServiceSpec): Plain {
  switch (service.type) {
    case 'iscsi': {
      const { chapFile, chapUser, size, ...rest } = service;
      return pruned({
        ...rest,
        size: size === undefined ? undefined : formatSize(size),
        chap: chapFile === undefined ? undefined : pruned({ file: chapFile, user: chapUser }),
      });
    }
    case 'rc':
    case 'jail': {
      const { startWithin, stopWithin, ...rest } = service;
      return pruned({
        ...rest,
        startWithin: startWithin === undefined ? undefined : formatDuration(startWithin),
        stopWithin: stopWithin === undefined ? undefined : formatDuration(stopWithin),
      });
    }
    default:
      return { ...service };
  }
}

function agentEntry({ agent }: ClusterSpec): Plain {
  const entry = changed({ ...agent }, { ...DEFAULT_AGENT });
  if (agent.witness.length === 0) delete entry.witness;
  for (const key of ['settle', 'bootWait'] as const) {
    if (key in entry) entry[key] = formatDuration(agent[key]);
  }
  return entry;
}

/** One text when both nodes have the same. */
function oneOrBoth(perNode: Readonly<Record<string, string>>): unknown {
  const values = Object.values(perNode);
  return values.every((value) => value === values[0]) ? values[0] : { ...perNode };
}

function changed(values: Plain, defaults: Plain): Plain {
  return Object.fromEntries(Object.entries(values).filter(([key, value]) => value !== defaults[key]));
}

function pruned(values: Plain): Plain {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function nonEmpty(values: Plain): Plain | undefined {
  return Object.keys(values).length === 0 ? undefined : values;
}

function nonEmptyList(values: readonly unknown[]): readonly unknown[] | undefined {
  return values.length === 0 ? undefined : values;
}
