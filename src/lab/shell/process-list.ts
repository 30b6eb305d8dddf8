import { readdirSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import type { NodeProcess } from '../types.js';
import { childrenOf, procText, send } from './proc.js';

/** A process of the node with its id on this machine. */
export interface RealProcess extends NodeProcess {
  host: number;
}

interface Found {
  host: number;
  parent: number;
  /** Ids in each pid namespace, the host's first. */
  ids: readonly string[];
  group: number;
}

/** Real processes below the host pids `tops`, as the node with this root sees them; the lab's own are left out. */
export function realProcesses(tops: readonly number[], root: string): RealProcess[] {
  const inside = insideNode(tops);
  const pids = new Map(inside.map(({ host, ids }) => [host, Number(ids.at(-1))]));
  return inside.flatMap(({ host, parent, group }) => {
    const words = wordsOf(host);
    if (words === undefined) return [];
    const pid = pids.get(host) ?? 0;
    const ppid = pids.get(parent) ?? 1;
    if (pid === 1 || isKeeper(ppid, words)) return [];
    const cwd = pathOf(`/proc/${host}/cwd`, root) ?? '/';
    return [{ host, pid, ppid, pgid: group, words, cwd, open: openPaths(host, root) }];
  });
}

/** Sends a signal to a process by its id in the node, or to all below it, the lab's own ones as well. */
export function signalTree(
  tops: readonly number[],
  pid: number,
  signal: string,
  who: 'itself' | 'below',
): void {
  const top = insideNode(tops).find(({ ids }) => Number(ids.at(-1)) === pid);
  if (top === undefined) return;
  const name = /^\d+$/.test(signal) ? Number(signal) : (`SIG${signal}` as NodeJS.Signals);
  const below = (host: number): number[] => childrenOf(host).flatMap((child) => [child, ...below(child)]);
  for (const host of who === 'itself' ? [top.host] : below(top.host)) send(host, name);
}

/** The same for all that a reaper (procctl(2)) has below it, also when they have left its session and their parents have ended. */
export function signalReaped(tops: readonly number[], reaper: number, signal: string): void {
  const name = /^\d+$/.test(signal) ? Number(signal) : (`SIG${signal}` as NodeJS.Signals);
  for (const host of reapedBy(tops, reaper)) send(host, name);
}

/** Host pids of what a reaper has below it: they carry its mark in their environment. */
export function reapedBy(tops: readonly number[], reaper: number): number[] {
  return insideNode(tops)
    .map(({ host }) => host)
    .filter((host) => REAPED.exec(procText(host, 'environ'))?.[1]?.includes(`/${reaper}/`) === true);
}

/** The mark that timeout(1) leaves in the lab, where no process can be made a reaper by a script. */
const REAPED = /(?:^|\0)LAB_REAPER=([^\0]*)/;

/** What enters the node stands outside of its pid namespace, where there is one, and is not among these. */
function insideNode(tops: readonly number[]): Found[] {
  const found = new Map<number, Found>();
  for (const top of tops) collect(top, found);
  const depth = Math.max(0, ...[...found.values()].map(({ ids }) => ids.length));
  return [...found.values()].filter(({ ids }) => ids.length === depth);
}

function collect(host: number, found: Map<number, Found>): void {
  if (found.has(host)) return;
  const status = procText(host, 'status');
  const field = (name: string) => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1]?.split(/\s+/) ?? [];
  const ids = field('NSpid');
  if (ids.length > 0 && !status.includes('State:\tZ'))
    found.set(host, {
      host,
      parent: Number(field('PPid')[0]),
      ids,
      group: Number(field('NSpgid').at(-1)),
    });
  for (const child of childrenOf(host)) collect(child, found);
}

/** Programs that bring others into a node, on their way there. */
const WAYS_IN = ['nsenter', 'unshare'];

/** Name and arguments as FreeBSD would show them; undefined: a part of the lab that FreeBSD does not have. */
function wordsOf(host: number): string[] | undefined {
  const words = procText(host, 'cmdline').split('\0').slice(0, -1);
  const [shell = '', program = ''] = words;
  if (words.length === 0 || [shell, program].some((word) => word.startsWith('/.lab/'))) return undefined;
  if (WAYS_IN.includes(basename(shell))) return undefined;
  // A program of the base system that is a script here.
  const scripted = shell === '/bin/sh' && /^\/(s?bin|usr\/s?bin)\//.test(program);
  return scripted ? [basename(program), ...words.slice(2)] : words;
}

/** What keeps the node's namespaces: its init's only helper. */
function isKeeper(ppid: number, words: readonly string[]): boolean {
  return ppid === 1 && words.length === 1 && words[0] === '/bin/cat';
}

function openPaths(host: number, root: string): string[] {
  try {
    const links = readdirSync(`/proc/${host}/fd`).map((fd) => pathOf(`/proc/${host}/fd/${fd}`, root));
    return links.filter((path) => path !== undefined && !path.startsWith('/.lab/')) as string[];
  } catch {
    return [];
  }
}

/** Where a link of proc(5) points to, inside the node; undefined: outside, or the process has ended. */
function pathOf(link: string, root: string): string | undefined {
  try {
    const path = readlinkSync(link);
    if (path !== root && !path.startsWith(`${root}/`)) return undefined;
    return path.slice(root.length) || '/';
  } catch {
    return undefined;
  }
}
