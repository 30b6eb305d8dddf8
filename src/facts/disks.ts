/** kern.disks and what GEOM knows of disks, partitions and labels; everything about one device is in probe.ts. */
export function disksBody(): string {
  return `disks() {
  frame disks.names sysctl -n kern.disks
  names=$(sysctl -n kern.disks 2>/dev/null </dev/null)
  # shellcheck disable=SC2086 # the names are words
  frame disks.info diskinfo $names
  frame disks.geom geom disk list
  frame disks.parts geom part list
  frame disks.tables gpart show -p
  frame disks.labels glabel status -s
}
`;
}

const AS_PEOPLE_COUNT = new Intl.Collator('en', { numeric: true });

/** `sysctl -n kern.disks`: in no order; sorted as people count (da2 before da10). */
export function parseDiskNames(text: string): string[] {
  const names = text.split(/\s+/).filter((name) => name !== '');
  return names.sort(AS_PEOPLE_COUNT.compare);
}

export interface DiskSize {
  /** Bytes. */
  mediaSize: number;
  sectorSize: number;
}

/** `diskinfo NAME…`, by the name as it was given (with or without /dev/). */
export function parseDiskinfo(text: string): Map<string, DiskSize> {
  const sizes = new Map<string, DiskSize>();
  for (const line of text.split('\n')) {
    const [name, sector, media] = line.split('\t');
    if (name && /^\d+$/.test(sector ?? '') && /^\d+$/.test(media ?? '')) {
      sizes.set(name, { sectorSize: Number(sector), mediaSize: Number(media) });
    }
  }
  return sizes;
}

export interface OpenCounts {
  read: number;
  write: number;
  exclusive: number;
}

/**
 * Access counts of providers by name, from `geom disk list` or `geom part list`. A consumer block repeats the
 * name of the provider below with counts of its own, so only "Providers:" blocks count.
 */
export function parseModes(text: string): Map<string, OpenCounts> {
  const modes = new Map<string, OpenCounts>();
  let inProviders = false;
  let name: string | undefined;
  for (const line of text.split('\n')) {
    const block = /^(Providers|Consumers):$/.exec(line);
    if (block) inProviders = block[1] === 'Providers';
    name = /^\d+\. Name: (\S+)$/.exec(line)?.[1] ?? name;
    const mode = /^ +Mode: r(\d+)w(\d+)e(\d+)$/.exec(line);
    if (mode && inProviders && name !== undefined) {
      modes.set(name, { read: Number(mode[1]), write: Number(mode[2]), exclusive: Number(mode[3]) });
    }
  }
  return modes;
}

export interface Partition extends DiskSize {
  name: string;
  /** As gpart(8) names it: freebsd-ufs … */
  type: string;
}

/** Partitions with size and type, from `geom part list`. */
export function parsePartitions(text: string): Partition[] {
  const found: Partition[] = [];
  for (const block of text.split(/^(?=\d+\. Name: )/m)) {
    const name = /^\d+\. Name: (\S+)$/m.exec(block)?.[1];
    const type = /^ +type: (\S+)$/m.exec(block)?.[1];
    const size = /^ +Mediasize: (\d+)/m.exec(block)?.[1];
    const sector = /^ +Sectorsize: (\d+)/m.exec(block)?.[1];
    // A consumer's block, the provider below, has no type.
    if (name === undefined || type === undefined || size === undefined || sector === undefined) continue;
    found.push({ name, type, mediaSize: Number(size), sectorSize: Number(sector) });
  }
  return found;
}

export interface PartitionTable {
  scheme: string;
  /** In table order; free space left out. */
  partitions: readonly { name: string; type: string }[];
  corrupt: boolean;
}

/** `gpart show -p`, by the name of the provider that carries the table. */
export function parsePartitionTables(text: string): Map<string, PartitionTable> {
  const tables = new Map<string, PartitionTable>();
  let partitions: { name: string; type: string }[] = [];
  for (const line of text.split('\n')) {
    const head = /^=>\s*\d+\s+\d+\s+(\S+)\s+(\S+)\s+\(.*?\)(.*)$/.exec(line);
    const entry = /^\s+\d+\s+\d+\s+(\S+)\s+(\S+)\s/.exec(line);
    if (head) {
      partitions = [];
      tables.set(head[1]!, { scheme: head[2]!, partitions, corrupt: head[3]!.includes('CORRUPT') });
    } else if (entry && entry[1] !== '-') {
      partitions.push({ name: entry[1]!, type: entry[2]! });
    }
  }
  return tables;
}

/** `glabel status -s`: label -> provider that carries it, both without /dev/. */
export function parseLabels(text: string): Map<string, string> {
  const labels = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [label, , component] = line.trim().split(/\s+/);
    if (label && component) labels.set(label, component);
  }
  return labels;
}

/** `swapinfo -k`: devices in use as swap, without the header and the total line. */
export function parseSwap(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.split(/\s+/)[0]!)
    .filter((device) => device.startsWith('/'));
}
