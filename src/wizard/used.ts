import { type Answers, type Context, list, text } from './types.js';

/** What the storage can be used for. */
export type Way = 'nfs' | 'iscsi' | 'samba' | 'own';

export function isServed(answers: Answers, way: Way): boolean {
  return list(answers.served).includes(way);
}

/** ufs, zfs or raw, as answered for all resources or for this one. */
export function useOf(answers: Answers, resource: string): string | undefined {
  const all = text(answers.use);
  return all === 'each' ? list(answers.uses)[list(answers.names).indexOf(resource)] : all;
}

/** Mount points as answered so far: of the pool, and of the UFS file systems. */
export function mountedOn({ answers }: Pick<Context, 'answers'>): string[] {
  const ufs = list(answers.names).filter((name) => useOf(answers, name) === 'ufs');
  const given = list(answers.mounts);
  const pool = poolOf({ answers });
  return [
    ...(pool === undefined ? [] : [`/${pool}`]),
    ...ufs.map((name, at) => given[at] ?? `/hast/${name}`),
  ];
}

/** The pool on the resources; undefined when there is none, or none yet. */
export function poolOf({ answers }: Pick<Context, 'answers'>): string | undefined {
  const pooled = list(answers.names).some((name) => useOf(answers, name) === 'zfs');
  return pooled ? text(answers.pool) : undefined;
}

/** Resources that nothing is on. */
export function rawNames({ answers }: Pick<Context, 'answers'>): string[] {
  return list(answers.names).filter((name) => useOf(answers, name) === 'raw');
}

export interface LunDevice {
  name: string;
  on: { resource: string } | { volume: string; size: string };
}

/** Every bare resource; without one, the volume in the pool. */
export function lunDevices({ answers }: Pick<Context, 'answers'>): LunDevice[] {
  const raw = rawNames({ answers });
  if (raw.length > 0) return raw.map((name) => ({ name, on: { resource: name } }));
  const [volume = '', size = ''] = list(answers.lun);
  return volume === '' ? [] : [{ name: volume.replace(/^.*\//, ''), on: { volume, size } }];
}
