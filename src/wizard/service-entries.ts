import type { Draft } from '../spec/check/draft.js';
import { type Answer, type Context, list, text } from './types.js';
import { isServed, lunDevices, mountedOn } from './used.js';

type Entries = NonNullable<Draft['services']>;

/** The services of the cluster file that the answers make; undefined: none. */
export function serviceEntries(context: Context): Entries | undefined {
  const entries = [...nfs(context), ...iscsi(context), ...samba(context), ...own(context)];
  return entries.length === 0 ? undefined : entries;
}

function nfs(context: Context): Entries {
  const { answers } = context;
  if (!isServed(answers, 'nfs') || answers.exports === undefined) return [];
  const fourth = text(answers.nfsVersion) === '4';
  return [{ type: 'nfs', exports: exportLines(context), ...(fourth && { version: 4 }) }];
}

function iscsi(context: Context): Entries {
  const names = list(context.answers.targets);
  if (!isServed(context.answers, 'iscsi')) return [];
  return lunDevices(context).flatMap(({ on }, at) =>
    names[at] === undefined ? [] : [{ type: 'iscsi' as const, target: names[at], ...on }],
  );
}

function samba(context: Context): Entries {
  const names = list(context.answers.shares);
  if (!isServed(context.answers, 'samba')) return [];
  return mountedOn(context).flatMap((path, at) =>
    names[at] === undefined ? [] : [{ type: 'samba' as const, share: names[at], path }],
  );
}

function own({ answers }: Context): Entries {
  return isServed(answers, 'own') ? ownEntries(answers.services) : [];
}

/** Lines of exports(5): every mount point for every network. */
function exportLines({ answers }: Context): string[] {
  const networks = list(answers.exports);
  return mountedOn({ answers }).flatMap((mount) =>
    networks.map((network) => `${mount} -alldirs -network ${network}`),
  );
}

const JAIL = 'jail:';

/** `postgresql jail:web` */
function ownEntries(answer: Answer | undefined): { type: 'rc' | 'jail'; name: string }[] {
  return list(answer).map((word) =>
    word.startsWith(JAIL) ? { type: 'jail', name: word.slice(JAIL.length) } : { type: 'rc', name: word },
  );
}
