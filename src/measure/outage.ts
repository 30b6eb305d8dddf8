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

/** A time during which what was seen of a node holds. */
interface Span extends Gap {
  storage: boolean;
  address: boolean;
}

/** The gaps between `from` and `to`; each sighting holds until the node's next one. Pure. */
export function outagesOf(sightings: readonly Sighting[], from: number, to: number): Outages {
  const spans = spansOf(sightings, to);
  const moments = momentsOf(spans, from, to);
  const gaps: Outages = { storage: [], address: [], service: [] };
  moments.forEach((at, index) => {
    const end = moments[index + 1] ?? to;
    const now = spans.filter((span) => span.from <= at && span.to > at);
    const has = {
      storage: now.some(({ storage }) => storage),
      address: now.some(({ address }) => address),
      service: now.some(({ storage, address }) => storage && address),
    };
    for (const kind of ['storage', 'address', 'service'] as const)
      if (!has[kind]) extend(gaps[kind], at, end);
  });
  return gaps;
}

/** The last word of a node that then falls silent holds for nothing: it may have been cut off right after. */
function spansOf(sightings: readonly Sighting[], to: number): Span[] {
  const spans: Span[] = [];
  const open = new Map<string, { span: Span; lastAt: number }>();
  for (const { node, at, storage, address } of sightings) {
    const last = open.get(node);
    const connected = last !== undefined && at - last.lastAt < SILENT_MS;
    if (last) last.span.to = connected ? at : last.lastAt;
    if (connected && last.span.storage === storage && last.span.address === address) {
      last.lastAt = at;
      continue;
    }
    const span: Span = { from: at, to: at, storage, address };
    spans.push(span);
    open.set(node, { span, lastAt: at });
  }
  for (const { span, lastAt } of open.values())
    span.to = to - lastAt < SILENT_MS ? Math.max(to, lastAt) : lastAt;
  return spans;
}

/** Every moment at which something may have changed, `from` first. */
function momentsOf(spans: readonly Span[], from: number, to: number): number[] {
  const all = new Set<number>([from]);
  for (const span of spans) for (const at of [span.from, span.to]) if (at > from && at < to) all.add(at);
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
