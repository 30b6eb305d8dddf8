import { matchProviders, type ProviderPair } from './propose/providers.js';
import { type Context, list, text } from './types.js';

/** A pair of providers that becomes a resource. */
export interface Device {
  name: string;
  paths: readonly [string, string];
  zvol?: { pools: readonly [string, string]; name: string; size: string | number };
}

/** Choices among the providers that are no pair of paths. */
export const NEW_ZVOL = 'new-zvol';
export const TYPED = 'typed';

const matched = new WeakMap<object, ProviderPair[]>();

/** The pairs that fit, found once for each look at the machines. */
export function providerPairs({ pair }: Context): readonly ProviderPair[] {
  if (!pair) return [];
  const known = matched.get(pair) ?? matchProviders(pair.facts).pairs;
  matched.set(pair, known);
  return known;
}

/** How a pair of providers is written in an answer. */
export function pairValue(paths: readonly [string, string]): string {
  return paths.join('=');
}

/** Resources in the order of the answers, without their names. */
export function unnamedDevices(context: Context): Omit<Device, 'name'>[] {
  const { answers } = context;
  const chosen = list(answers.providers);
  const paths = chosen.filter((value) => value.includes('='));
  const typed = chosen.includes(TYPED) ? list(answers.devices) : [];
  const made = chosen.includes(NEW_ZVOL) ? newZvol(context) : [];
  return [...[...paths, ...pairsOf(typed)].map((value) => existing(value, context)), ...made];
}

/** `a b c d` -> `a=b`, `c=d`; a single one stands for both nodes. */
function pairsOf(typed: readonly string[]): string[] {
  if (typed.length === 1) return [`${typed[0]}=${typed[0]}`];
  return typed.flatMap((path, at) => (at % 2 === 0 ? [`${path}=${typed[at + 1] ?? path}`] : []));
}

/** Volumes of the same name stay volumes in the file, so that a node made anew gets them back. */
function existing(value: string, { pair }: Context): Omit<Device, 'name'> {
  const [first = '', second = ''] = value.split('=');
  const paths = [first, second] as const;
  const [a, b] = paths.map((path) => /^\/dev\/zvol\/(.+)\/([^/]+)$/.exec(path));
  const size = pair?.facts[0].zfs.volumes.find(({ name }) => `/dev/zvol/${name}` === first)?.size;
  if (!a || !b || a[2] !== b[2] || size === undefined) return { paths };
  return { paths, zvol: { pools: [a[1]!, b[1]!], name: a[2]!, size } };
}

function newZvol({ answers }: Context): Omit<Device, 'name'>[] {
  const [first, second = first] = list(answers.pools);
  const name = text(answers.zvolName);
  const size = text(answers.zvolSize);
  if (first === undefined || second === undefined || name === undefined || size === undefined) return [];
  const paths = [`/dev/zvol/${first}/${name}`, `/dev/zvol/${second}/${name}`] as const;
  return [{ paths, zvol: { pools: [first, second], name, size } }];
}

/**
 * disk0, disk1 … for devices, a volume's own name for a volume, and for what HAST knows already the name that it
 * has there; nothing that HAST calls something else.
 */
export function proposedNames(context: Context): string[] {
  const known = hastNames(context);
  const names: string[] = [];
  const free = (name: string) => !names.includes(name) && !known.some(([, other]) => other === name);
  for (const { zvol, paths } of unnamedDevices(context)) {
    const before = known.find(([path]) => paths.includes(path))?.[1];
    if (before !== undefined && !names.includes(before)) names.push(before);
    else if (zvol && free(zvol.name)) names.push(zvol.name);
    else names.push(numbered(free));
  }
  return names;
}

function numbered(free: (name: string) => boolean): string {
  let number = 0;
  while (!free(`disk${number}`)) number += 1;
  return `disk${number}`;
}

/** Providers that HAST knows on a node, and what it calls them. */
function hastNames({ pair }: Context): (readonly [string, string])[] {
  return (pair?.facts ?? []).flatMap(({ hast, disks }) => [
    ...Object.values(hast.resources).map(({ localPath, name }) => [localPath, name] as const),
    ...disks.flatMap(({ path, hastMetadata }) =>
      hastMetadata ? [[path, hastMetadata.resource] as const] : [],
    ),
  ]);
}

/** Resources with their names; those still unnamed have none and are left out. */
export function devicesOf(context: Context): Device[] {
  const names = list(context.answers.names);
  return unnamedDevices(context).flatMap((device, at) => {
    const name = names[at];
    return name === undefined ? [] : [{ ...device, name }];
  });
}
