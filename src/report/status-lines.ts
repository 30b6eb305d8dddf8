import type { ClusterStatus, NodeStatus, ResourceStatus } from './status-types.js';
import { bytes, clip, duration, style, table, utc } from './text.js';

/** More resources than this are not shown one by one. */
const SINGLE_ROWS = 8;

/** What is being copied and what failed, a line a resource; nothing while all is quiet. */
export function resourceLines({ resources }: ClusterStatus): string[] {
  const busy = resources.filter((one) => !isQuiet(one));
  if (busy.length === 0) return [];
  const rows = busy.slice(0, SINGLE_ROWS).map((one) => [one.resource, ...cellsOf(one)]);
  const more = busy.length - rows.length;
  return [
    ...table([['', 'dirty', 'on their way', 'rate', 'left', 'local errors'], ...rows]),
    ...(more > 0 ? [`and ${more} more`] : []),
    '',
  ];
}

function isQuiet({ dirty, queues, localErrors }: ResourceStatus): boolean {
  const waiting = Object.values(queues).some(({ local, send, recv }) => local + send + recv > 0);
  const failed = Object.values(localErrors).some((count) => count > 0);
  return (dirty === null || dirty === 0) && !waiting && !failed;
}

function cellsOf({ dirty, queues, rate, secondsLeft, localErrors }: ResourceStatus): string[] {
  const waiting = Object.entries(queues).flatMap(([node, { local, send, recv }]) => {
    const stations = [...counted('disk', local), ...counted('send', send), ...counted('receive', recv)];
    return stations.length === 0 ? [] : [`${node}: ${stations.join(', ')}`];
  });
  const failed = Object.entries(localErrors).flatMap(([node, count]) => counted(node, count));
  return [
    dirty === null ? '-' : bytes(dirty),
    waiting.join('; ') || '-',
    rate === null ? '-' : `${bytes(rate)}/s`,
    secondsLeft === null || !dirty ? '-' : duration(secondsLeft * 1000),
    failed.join(', ') || '-',
  ];
}

function counted(name: string, count: number): string[] {
  return count > 0 ? [`${name} ${count}`] : [];
}

/** The last change of role of each node, with how long it took. */
export function changeLines(status: ClusterStatus, width: number): string[] {
  const lines = status.nodes.flatMap(({ node, agent }) => {
    const last = agent?.lastTransition;
    if (!last || last.to === '') return [];
    const from = last.from === '' ? '' : `${last.from} -> `;
    const why = last.reason === '' ? '' : ` (${last.reason})`;
    const when = last.at === null ? '' : `, ${age(last.at, status.time)} ago`;
    return [[`  ${node}`, clip(`${from}${last.to}${why} in ${last.seconds} s${when}`, width - 14)]];
  });
  return lines.length === 0 ? [] : ['Last change', ...table(lines)];
}

/** Alarms with since when, maintenance, and since when a node is silent. */
export function noticeLines(status: ClusterStatus, width: number, color: boolean): string[] {
  const lines = status.nodes.flatMap((node) => noticesOf(node, status.time));
  if (lines.length === 0) return [];
  const room = Math.max(20, width - 2);
  return [style('Alarms', 'strong', color), ...table(lines).map((line) => clip(line, room))];
}

function noticesOf({ node, reachable, lastSeen, agent }: NodeStatus, time: string): string[][] {
  if (!reachable) {
    const since = lastSeen === null ? 'never seen by this machine' : `last seen ${ago(lastSeen, time)}`;
    return [[`  ${node}`, 'no-answer', since]];
  }
  const alarms = (agent?.alarms ?? []).map(({ alarm, since }) => [
    `  ${node}`,
    alarm,
    since === null ? '' : `since ${utc(since)}, ${age(since, time)}`,
  ]);
  const until = agent?.maintenanceUntil;
  return until ? [...alarms, [`  ${node}`, 'maintenance', `until ${utc(until)}`]] : alarms;
}

function ago(then: string, now: string): string {
  return `${utc(then)}, ${age(then, now)} ago`;
}

/** The nodes' clocks and this machine's may differ a little: never less than nothing. */
function age(then: string, now: string): string {
  return duration(Math.max(0, Math.round((Date.parse(now) - Date.parse(then)) / 1000)) * 1000);
}
