import { parseHastConf } from './hast-conf.js';
import type { HastConf, HastNodeSection, HastResource, HastSettings } from './hast-types.js';

/** What a machine answers to in `on NAME` (hastd's isitme). */
export interface HastIdentity {
  hostname: string;
  hostuuid?: string;
  /** Decimal. */
  hostid?: string;
}

/** One resource as a certain node sees it. */
export interface EffectiveResource extends Required<Omit<HastSettings, 'exec'>> {
  name: string;
  provname: string;
  local: string;
  remote: string | null;
  source?: string;
  exec?: string;
}

/** What hastd fills in, FreeBSD 9.3 and later. */
export const HASTD_DEFAULTS = {
  replication: 'memsync',
  checksum: 'none',
  compression: 'hole',
  timeout: 20,
  metaflush: true,
} as const;

/**
 * The configuration as the node reads it, or the message with which hastctl refuses the whole file there.
 * Every `on` section that matches is applied; the last value wins.
 */
export function hastConfFor(
  config: HastConf,
  identity: HastIdentity,
): { ok: true; resources: EffectiveResource[] } | { ok: false; error: string } {
  const resources: EffectiveResource[] = [];
  for (const resource of config.resources) {
    const mine = resource.nodes.filter((section) => isNamed(section.node, identity));
    const effective = resolve(config, resource, mine, identity);
    if (typeof effective === 'string') return { ok: false, error: effective };
    resources.push(effective);
  }
  return { ok: true, resources };
}

/**
 * Reads a hast.conf as hastctl does on that node: the first mistake in the file counts, whether it is one of
 * grammar or a resource without a section for this node.
 */
export function readHastConf(
  text: string,
  identity: HastIdentity,
): { ok: true; resources: EffectiveResource[] } | { ok: false; error: string } {
  const parsed = parseHastConf(text);
  const mine = hastConfFor(parsed.config, identity);
  return parsed.ok || !mine.ok ? mine : { ok: false, error: parsed.error };
}

function resolve(
  config: HastConf,
  resource: HastResource,
  mine: readonly HastNodeSection[],
  identity: HastIdentity,
): EffectiveResource | string {
  const { name } = resource;
  if (mine.length === 0) {
    const names = acceptable(identity).join(', ');
    return `No resource ${name} configuration for this node (acceptable node names: ${names}).`;
  }
  const own = mergeSections(mine);
  const local = own.local ?? resource.local;
  if (own.remote === undefined) return `Remote address not configured for resource ${name}.`;
  if (local === undefined) return `Path to local component not configured for resource ${name}.`;
  const settings = { ...HASTD_DEFAULTS, ...config.settings, ...resource.settings };
  return {
    ...settings,
    name,
    provname: own.provname ?? resource.provname ?? name,
    local,
    remote: own.remote,
    metaflush: own.metaflush ?? settings.metaflush,
    ...(own.source === undefined ? {} : { source: own.source }),
  };
}

function mergeSections(sections: readonly HastNodeSection[]): HastNodeSection {
  return Object.assign({}, ...sections) as HastNodeSection;
}

/** Whether `on NAME` means this machine: host name, its first part, hostuuid in any case, or hostidN. */
export function isNamed(name: string, identity: HastIdentity): boolean {
  return (
    name === identity.hostname ||
    name === identity.hostname.split('.')[0] ||
    (identity.hostuuid !== undefined && name.toLowerCase() === identity.hostuuid.toLowerCase()) ||
    (identity.hostid !== undefined && name === `hostid${identity.hostid}`)
  );
}

function acceptable({ hostname, hostuuid, hostid }: HastIdentity): string[] {
  const short = hostname.split('.')[0]!;
  return [
    ...(short === hostname ? [] : [short]),
    hostname,
    ...(hostuuid === undefined ? [] : [hostuuid]),
    ...(hostid === undefined ? [] : [`hostid${hostid}`]),
  ];
}
