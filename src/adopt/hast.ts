import { HASTD_DEFAULTS } from '../formats/hast-node.js';
import { canonicalPath } from '../spec/normalise.js';
import type { HastSpec, ResourceSpec } from '../spec/types.js';
import { providerPath, resourceName } from '../spec/words.js';
import { replicationAddresses } from './hast-addresses.js';
import { type ResourceViews, resourceViews } from './hast-views.js';
import type { NodeReading, PairReading } from './reading.js';
import { type AdoptFinding, finding } from './types.js';

export interface AdoptedHast {
  settings: HastSpec;
  resources: readonly ResourceSpec[];
  /** In the order of the pair. */
  replication: readonly [string | undefined, string | undefined];
  /** Resource by the name of its device below /dev/hast. */
  byDevice: ReadonlyMap<string, string>;
}

/** Resources, settings and replication addresses of the two hast.conf. */
export function adoptHast(pair: PairReading, lead: 0 | 1, findings: AdoptFinding[]): AdoptedHast {
  const known = resourceViews(pair, lead, findings).filter(({ name, views }) =>
    expressible(pair, name, views, findings),
  );
  const addresses = replicationAddresses(pair, [endsOf(known, 0), endsOf(known, 1)]);
  findings.push(...addresses.findings);
  if (known.length === 0) findings.push(...noResources(pair));
  for (const node of pair) findings.push(...strangers(node, known));
  return {
    settings: settingsOf(known, lead, findings),
    resources: known.map(({ name, views }) => resourceOf(pair, name, views)),
    replication: addresses.replication,
    byDevice: new Map(
      known.flatMap(({ name, views }) => views.map(({ provname }) => [provname, name] as const)),
    ),
  };
}

/** Names and paths that the cluster file refuses; such a resource is left out, and an apply would stop at it. */
function expressible(
  pair: PairReading,
  name: string,
  views: ResourceViews['views'],
  findings: AdoptFinding[],
): boolean {
  const wrong = [
    ...[resourceName(name)].flatMap((why) => (why === undefined ? [] : [`its name ${why}`])),
    ...views.flatMap(({ local }, index) => {
      const why = providerPath(local);
      return why === undefined ? [] : [`${local} on ${pair[index as 0 | 1].name} ${why}`];
    }),
  ];
  for (const why of wrong) {
    findings.push(
      finding('inexpressible', `resource ${name} is left out: ${why}`, {
        remedy:
          'an apply would take it out of hast.conf, and hastd would drop it: do not apply before that is solved',
      }),
    );
  }
  return wrong.length === 0;
}

function endsOf(known: readonly ResourceViews[], index: 0 | 1) {
  return {
    remotes: known.map(({ name, views }) => ({ resource: name, value: views[index].remote })),
    sources: known.flatMap(({ name, views }) => {
      const { source } = views[index];
      return source === undefined ? [] : [{ resource: name, value: source }];
    }),
  };
}

/** The cluster file has one value for all: the most frequent one of the leading node's. */
function settingsOf(known: readonly ResourceViews[], lead: 0 | 1, findings: AdoptFinding[]): HastSpec {
  const one = <K extends keyof HastSpec>(key: K): HastSpec[K] => {
    const values = known.map(({ name, views }) => ({ name, value: views[lead][key] as HastSpec[K] }));
    const count = (value: HastSpec[K]): number => values.filter((other) => other.value === value).length;
    const chosen = values.reduce(
      (best, { value }) => (count(value) > count(best) ? value : best),
      values[0]?.value ?? (HASTD_DEFAULTS[key] as HastSpec[K]),
    );
    for (const { name, value } of values) {
      if (value === chosen) continue;
      const message = `resource ${name} has ${key} ${value} of its own; the cluster file has one for all, here ${chosen}`;
      findings.push(finding('inexpressible', message));
    }
    return chosen;
  };
  const [replication, timeout] = [one('replication'), one('timeout')];
  return { replication, timeout, compression: one('compression'), checksum: one('checksum') };
}

function resourceOf(pair: PairReading, name: string, views: ResourceViews['views']): ResourceSpec {
  const paths = [canonicalPath(views[0].local), canonicalPath(views[1].local)] as const;
  const local = { [pair[0].name]: paths[0], [pair[1].name]: paths[1] };
  const volumes = paths.map((path, index) => volumeOf(pair[index as 0 | 1], path));
  const [first, second] = volumes;
  // A volume that one node lacks, or of another size, would have to be made: that is for the user to ask for.
  if (!first || !second || first.name !== second.name || first.size !== second.size) return { name, local };
  const pool = { [pair[0].name]: first.pool, [pair[1].name]: second.pool };
  return { name, local, zvol: { pool, name: first.name, size: first.size } };
}

/** Largest default volblocksize: the cluster file takes no other sizes. */
const VOLUME_MULTIPLE = 16384;

function volumeOf(
  { facts }: NodeReading,
  path: string,
): { pool: string; name: string; size: number } | undefined {
  const [, pool, name] = /^\/dev\/zvol\/(.+)\/([^/]+)$/.exec(path) ?? [];
  const found = facts.zfs.volumes.find((volume) => volume.name === `${pool}/${name}`);
  if (pool === undefined || name === undefined || !found || found.size % VOLUME_MULTIPLE !== 0)
    return undefined;
  return { pool, name, size: found.size };
}

/** hastd may run what no file says any more. */
function strangers({ name, facts }: NodeReading, known: readonly ResourceViews[]): AdoptFinding[] {
  return Object.values(facts.hast.resources)
    .filter((resource) => !known.some((one) => one.name === resource.name))
    .map((resource) =>
      finding(
        'differs',
        `hastd on ${name} runs resource ${resource.name} (${resource.role}), which is not adopted`,
        {
          node: name,
        },
      ),
    );
}

function noResources(pair: PairReading): AdoptFinding[] {
  const remedy = 'hastconf init sets a pair up from nothing';
  return [
    finding('missing', `there is no HAST resource to adopt on ${pair[0].name} and ${pair[1].name}`, {
      remedy,
    }),
  ];
}
