/** What was seen of one node at one moment. */
export interface Sighting {
  node: string;
  /** Monotonic milliseconds, as it arrived here. */
  at: number;
  /** The whole storage is there. */
  storage: boolean;
  /** It is CARP master. */
  address: boolean;
}

/** A time without something; monotonic milliseconds. */
export interface Gap {
  from: number;
  to: number;
}

/** Times of a watch in which no node had it; `service`: no node had both. */
export interface Outages {
  storage: Gap[];
  address: Gap[];
  service: Gap[];
}

/** A node that has said nothing for so long counts as without anything, from its last word on. */
export const SILENT_MS = 3000;

interface Seen {
  at: number;
  storage: boolean;
  address: boolean;
}

/** The gaps between `from` and `to`; each sighting holds until the node's next one. Pure. */
export function outagesOf(sightings: readonly Sighting[], from: number, to: number): Outages {
  const moments = momentsOf(sightings, from, to);
  const seen = new Map<string, Seen>();
  const gaps: Outages = { storage: [], address: [], service: [] };
  let next = 0;
  moments.forEach((at, index) => {
    for (; next < sightings.length && sightings[next]!.at <= at; next++) {
      const { node, ...own } = sightings[next]!;
      seen.set(node, own);
    }
    const end = moments[index + 1] ?? to;
    const alive = [...seen.values()].filter((one) => at - one.at < SILENT_MS);
    const lacks = {
      storage: !alive.some(({ storage }) => storage),
      address: !alive.some(({ address }) => address),
      service: !alive.some(({ storage, address }) => storage && address),
    };
    for (const kind of ['storage', 'address', 'service'] as const)
      if (lacks[kind]) extend(gaps[kind], at, end);
  });
  return gaps;
}

/** Every moment at which something may have changed, `from` first; falling silent is one. */
function momentsOf(sightings: readonly Sighting[], from: number, to: number): number[] {
  const all = new Set<number>([from]);
  for (const { at } of sightings) {
    if (at > from && at < to) all.add(at);
    const silent = at + SILENT_MS;
    if (silent > from && silent < to) all.add(silent);
  }
  return [...all].toSorted((a, b) => a - b);
}

function extend(gaps: Gap[], from: number, to: number): void {
  const last = gaps.at(-1);
  if (to <= from) return;
  if (last && last.to >= from) last.to = to;
  else gaps.push({ from, to });
}

/** Seconds of all gaps together. */
export function totalSeconds(gaps: readonly Gap[]): number {
  return rounded(gaps.reduce((sum, { from, to }) => sum + to - from, 0));
}

/** Seconds of the longest one. */
export function longestSeconds(gaps: readonly Gap[]): number {
  return rounded(Math.max(0, ...gaps.map(({ from, to }) => to - from)));
}

/** The part of each gap that lies in a time. */
export function within(gaps: readonly Gap[], from: number, to: number): Gap[] {
  return gaps
    .map((gap) => ({ from: Math.max(gap.from, from), to: Math.min(gap.to, to) }))
    .filter((gap) => gap.to > gap.from);
}

/** Milliseconds as seconds with two decimals. */
export function rounded(ms: number): number {
  return Math.round(ms / 10) / 100;
}
