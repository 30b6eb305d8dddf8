import { record } from '../facts/record.js';
import type { IscsiSpec, ServiceSpec, StorageSpec, ZfsLayout } from '../spec/types.js';

/** agent.conf as hastconf wrote it: variables, and declarations in their order. */
export interface AgentConf {
  variables: Readonly<Record<string, string>>;
  witnesses: readonly string[];
  resources: readonly string[];
  storage: readonly StorageSpec[];
  services: readonly ServiceSpec[];
  /** Resources whose volumes were made without a reservation. */
  sparse: readonly string[];
  /** Lines that are none of these; somebody has edited the file, or another version wrote it. */
  unknown: readonly string[];
}

const LAYOUTS: readonly string[] = ['stripe', 'mirror', 'raidz', 'raidz2', 'raidz3'];

/** Reads an agent.conf without running it: nothing but assignments and declarations with quoted words counts. */
export function parseAgentConf(text: string): AgentConf {
  const variables = record<string>();
  const witnesses: string[] = [];
  const resources: string[] = [];
  const storage: StorageSpec[] = [];
  const services: ServiceSpec[] = [];
  const unknown: string[] = [];
  const notes: Note[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const assignment = /^([a-z_]+)=(.*)$/.exec(line);
    const words = shellWords(assignment ? assignment[2]! : line);
    if (!words) unknown.push(line);
    else if (assignment && words.length <= 1) variables[assignment[1]!] = words[0] ?? '';
    else if (words[0] === 'declare_witness' && words.length === 2) witnesses.push(words[1]!);
    else if (words[0] === 'declare_resource' && words.length === 2) resources.push(words[1]!);
    else if (words[0] === 'describe_storage' && words.length === 4)
      notes.push([words[1]!, words[2]!, words[3]!]);
    else {
      const [stored, served] = [storageOf(words), serviceOf(words)];
      if (stored) storage.push(stored);
      else if (served) services.push(served);
      else unknown.push(line);
    }
  }
  return {
    variables,
    witnesses,
    resources,
    storage: storage.map((one) => withNotes(one, notes)),
    services,
    sparse: notes.flatMap(([name, key]) => (key === 'volume' ? [name] : [])),
    unknown,
  };
}

/** NAME, KEY and VALUE of what is said of a resource or a pool. */
type Note = readonly [string, string, string];

function withNotes(storage: StorageSpec, notes: readonly Note[]): StorageSpec {
  if (storage.type === 'raw') return storage;
  const name = storage.type === 'ufs' ? storage.resource : storage.pool;
  const values = (key: string) =>
    notes.flatMap(([of, found, value]) => (of === name && found === key ? [value] : []));
  if (storage.type === 'ufs') {
    const options = values('options').flatMap((value) => value.split(','));
    return {
      ...storage,
      ...(options.length === 0 ? {} : { options }),
      ...(values('journal').includes('no') ? { journal: false as const } : {}),
    };
  }
  const properties = values('property');
  const [keyFile] = values('keyfile');
  const [keyFormat] = values('keyformat');
  return {
    ...storage,
    ...(properties.length === 0 ? {} : { properties }),
    ...(keyFile === undefined ? {} : { keyFile }),
    ...(keyFormat === 'hex' || keyFormat === 'passphrase' ? { keyFormat } : {}),
  };
}

function storageOf([declare, type, ...rest]: readonly string[]): StorageSpec | undefined {
  if (declare !== 'declare_storage') return undefined;
  const [first, second, ...others] = rest;
  if (type === 'ufs' && first !== undefined && second !== undefined) {
    return { type, resource: first, mountpoint: second };
  }
  if (type === 'raw' && first !== undefined) return { type, resource: first };
  if (type !== 'zfs' || first === undefined || !LAYOUTS.includes(second ?? '')) return undefined;
  return { type, pool: first, layout: second as ZfsLayout, resources: others };
}

function serviceOf([declare, type, ...rest]: readonly string[]): ServiceSpec | undefined {
  if (declare !== 'declare_service') return undefined;
  const [first, second, third] = rest;
  if (first === undefined) return undefined;
  if (type === 'nfs') return { type, exports: rest };
  if (type === 'rc' || type === 'jail') {
    if (second === undefined || third === undefined) return { type, name: first };
    return { type, name: first, startWithin: Number(second), stopWithin: Number(third) };
  }
  if (second === undefined) return undefined;
  if (type === 'nfs4') return { type: 'nfs', exports: rest.slice(1), version: 4 };
  if (type === 'iscsi') return { type, target: first, ...lunOf(second), ...identityOf(rest.slice(2)) };
  return type === 'samba' ? { type, share: first, path: second } : undefined;
}

/** The device of a LUN; an older version wrote the resource alone. */
function lunOf(device: string): { volume: string } | { resource: string } {
  const volume = /^\/dev\/zvol\/(.+)$/.exec(device)?.[1];
  return volume === undefined ? { resource: device.replace(/^\/dev\/hast\//, '') } : { volume };
}

function identityOf(
  words: readonly string[],
): Pick<IscsiSpec, 'size' | 'chapUser' | 'serial' | 'deviceId' | 'naa'> {
  const given = new Map(
    words.flatMap((word) => {
      const [, key, value] = /^(\w+)=(.+)$/.exec(word) ?? [];
      return key === undefined || value === undefined ? [] : [[key, value] as const];
    }),
  );
  const text = (key: 'chapUser' | 'serial' | 'deviceId' | 'naa'): Record<string, string> => {
    const value = given.get(key);
    return value === undefined ? {} : { [key]: value };
  };
  const size = given.get('size');
  return {
    ...(size === undefined ? {} : { size: Number(size) }),
    ...text('chapUser'),
    ...text('serial'),
    ...text('deviceId'),
    ...text('naa'),
  };
}

/** Words of bare and single-quoted pieces; undefined for anything that sh would have to expand. */
export function shellWords(text: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < text.length; ) {
    const piece = /^(?:'([^']*)'|\\(.)|([A-Za-z0-9_./:,=@%+-]+)|([ \t]+))/.exec(text.slice(at));
    if (!piece) return undefined;
    const [whole, quoted, escaped, bare, blank] = piece;
    if (blank === undefined) word = (word ?? '') + (quoted ?? escaped ?? bare ?? '');
    else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
    at += whole.length;
  }
  return word === undefined ? words : [...words, word];
}
