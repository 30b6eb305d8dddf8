import { createHash } from 'node:crypto';
import type { NodeFacts } from '../facts/types.js';
import { readBlock } from '../formats/block.js';
import type { FileAttributes } from '../remote/target.js';
import type { GeneratedFile } from '../render/types.js';
import { APPLIED } from '../spec/paths.js';
import type { Applied } from './types.js';

/** What the last apply left of one thing on a node. */
interface Left {
  sha256: string;
  /** When, as the run's id says: `20261120T164000Z-1a2b3c`. */
  run: string;
}

/** A line of /var/db/hastconf/applied: `SHA256 RUN KEY`. Lines of another form are none of ours. */
const LINE = /^([0-9a-f]{64}) (\S+) (\S+)$/gm;

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** What apply left on this node, by key; empty for a node that an older version set up. */
function appliedTo(facts: NodeFacts): ReadonlyMap<string, Left> {
  const text = facts.files[APPLIED]?.content ?? '';
  return new Map([...text.matchAll(LINE)].map(([, sum, run, key]) => [key!, { sha256: sum!, run: run! }]));
}

/** One part of a generated file that is ours: its key, and its text as wanted. */
interface Part {
  key: string;
  /** For people. */
  name: string;
  wanted: string;
}

function partsOf(file: GeneratedFile): Part[] {
  const { path } = file;
  switch (file.kind) {
    case 'whole':
      return [{ key: path, name: path, wanted: file.content }];
    case 'block':
      return [{ key: `${path}#block`, name: `the block in ${path}`, wanted: file.lines.join('\n') }];
    case 'variables':
      return file.variables.map(({ name, value }) => ({
        key: `${path}#${name}`,
        name: `${name} in ${path}`,
        wanted: value,
      }));
  }
}

/** What the node has of a part now. */
function currentOf(file: GeneratedFile, key: string, facts: NodeFacts): string | undefined {
  const content = facts.files[file.path]?.content;
  if (file.kind === 'variables') return facts.rc[key.slice(file.path.length + 1)];
  if (file.kind === 'block') return content === undefined ? undefined : readBlock(content)?.join('\n');
  return content;
}

/** What a write of this file leaves; `content` where it is not the final one. */
export function appliedBy(file: GeneratedFile, content?: string): Applied[] {
  return partsOf(file).map(({ key, wanted }) => ({ key, sha256: sha256(content ?? wanted) }));
}

/**
 * How the node's file differs from what the last apply left, in words; undefined when it does not, or when that is not
 * known. A file that is as it was left and is to change is no drift: then the cluster file has changed.
 */
export function driftOf(file: GeneratedFile, facts: NodeFacts): string | undefined {
  if (file.kind === 'whole') return fileDrift(file.path, facts);
  const applied = appliedTo(facts);
  const drifted = partsOf(file).filter(({ key }) => {
    const left = applied.get(key);
    if (left === undefined) return false;
    const current = currentOf(file, key, facts);
    return current === undefined || sha256(current) !== left.sha256;
  });
  const [first] = drifted;
  if (first === undefined) return undefined;
  const names = drifted.map(({ name }) => name).join(', ');
  return `${names}: ${since(currentOf(file, first.key, facts), applied.get(first.key)!)}`;
}

/** The same of a file that is ours as a whole. */
export function fileDrift(path: string, facts: NodeFacts): string | undefined {
  const left = appliedTo(facts).get(path);
  const current = facts.files[path]?.content;
  if (left === undefined || (current !== undefined && sha256(current) === left.sha256)) return undefined;
  return since(current, left);
}

function since(current: string | undefined, { run }: Left): string {
  return `${current === undefined ? 'removed' : 'changed'} since the apply of ${whenOf(run)}`;
}

/** A file of ours that is as apply left it but for its owner or mode. */
export function attributeDrift(path: string, after: FileAttributes, facts: NodeFacts): string | undefined {
  const current = facts.files[path];
  if (current === undefined || !isAsApplied(path, current.content, facts)) return undefined;
  const same = current.owner === after.owner && current.group === after.group && current.mode === after.mode;
  return same ? undefined : 'owner or mode changed since the last apply';
}

/** Keys that apply left on this node and that no file has any more. */
export function forgottenKeys(file: GeneratedFile, facts: NodeFacts): string[] {
  const wanted = new Set(partsOf(file).map(({ key }) => key));
  return [...appliedTo(facts).keys()].filter((key) => key.startsWith(`${file.path}#`) && !wanted.has(key));
}

/** True when apply has left this variable as it is: what is missing of its effect was taken away afterwards. */
export function isAsApplied(key: string, current: string | undefined, facts: NodeFacts): boolean {
  return current !== undefined && appliedTo(facts).get(key)?.sha256 === sha256(current);
}

/** True when an apply has been here at all. */
export function wasApplied(key: string, facts: NodeFacts): boolean {
  return appliedTo(facts).has(key);
}

function whenOf(run: string): string {
  const time = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)/.exec(run);
  if (!time) return run;
  const [, year, month, day, hour, minute] = time;
  return `${year}-${month}-${day} ${hour}:${minute} UTC`;
}
