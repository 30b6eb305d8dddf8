import type { ServiceSpec, StorageSpec } from '../types.js';
import type { Sheet } from './sheet.js';
import type { SpecFlag } from './types.js';
import { joinList, splitList, splitOnce } from './words.js';

/** Empties a list; there is no other way to take something away from the command line. */
const NONE = 'none';

const STORAGE_FORMS = 'ufs:RESOURCE:MOUNTPOINT, zfs:POOL:LAYOUT:RESOURCE,…, raw:RESOURCE';

/** `ufs:disk0:/hast/disk0`, `zfs:failover:mirror:disk1,vol0`, `raw:vol0`. */
export const storageFlag: SpecFlag = {
  name: 'storage',
  group: 'storage',
  value: '<type:…>',
  repeatable: true,
  description: `what is on the resources: ${STORAGE_FORMS}, or none; replaces all that the file has`,
  gives: { storage: 'ufs:RESOURCE:MOUNTPOINT', 'storage.*': 'ufs:RESOURCE:MOUNTPOINT' },
  put(sheet, value) {
    if (value === NONE) return empty(sheet, 'storage');
    const entry = storageEntry(value);
    if (!entry) return `must be one of ${STORAGE_FORMS}`;
    sheet.append(['storage'], entry);
    return undefined;
  },
  of: ({ storage }) => storage.map(storageText),
};

function storageEntry(text: string): object | undefined {
  const [type, rest] = splitOnce(text, ':');
  if (type === 'raw') return rest === undefined ? undefined : { type, resource: rest };
  if (type === 'ufs') {
    const [resource, mountpoint] = splitOnce(rest ?? '', ':');
    return mountpoint === undefined ? undefined : { type, resource, mountpoint };
  }
  // The names of pools may have colons, the rest has none.
  const match = type === 'zfs' ? /^(.+):([^:]+):([^:]+)$/.exec(rest ?? '') : null;
  return match ? { type, pool: match[1], layout: match[2], resources: match[3]!.split(',') } : undefined;
}

function storageText(entry: StorageSpec): string {
  if (entry.type === 'raw') return `raw:${entry.resource}`;
  if (entry.type === 'ufs') return `ufs:${entry.resource}:${entry.mountpoint}`;
  return `zfs:${entry.pool}:${entry.layout}:${entry.resources.join(',')}`;
}

const SERVICE_FORMS = 'nfs:EXPORTS-LINE, iscsi:TARGET,resource:NAME[,chap:FILE], samba:SHARE:PATH, rc:NAME';

/** `rc:postgresql`, `nfs:/hast/disk0 -network …` (once a line), `iscsi:iqn…,resource:vol0`, `samba:data:/hast/x`. */
export const serviceFlag: SpecFlag = {
  name: 'service',
  group: 'storage',
  value: '<type:…>',
  repeatable: true,
  description: `what runs where the storage is: ${SERVICE_FORMS}, or none; replaces all that the file has`,
  gives: { services: 'TYPE:…', 'services.*': 'TYPE:…' },
  put(sheet, value) {
    if (value === NONE) return empty(sheet, 'services');
    const [type, rest] = splitOnce(value, ':');
    if (rest === undefined) return `must be one of ${SERVICE_FORMS}`;
    if (type === 'nfs') return putExport(sheet, rest);
    const entry = serviceEntry(sheet, type, rest);
    if (!entry) return `must be one of ${SERVICE_FORMS}`;
    sheet.append(['services'], entry);
    return undefined;
  },
  of: ({ services }) => services.flatMap(serviceTexts),
};

/** One service serves all lines. */
function putExport(sheet: Sheet, line: string): undefined {
  const list =
    sheet.origin(['services']) === undefined ? [] : ((sheet.get(['services']) ?? []) as { type?: unknown }[]);
  const known = list.findIndex((entry) => entry.type === 'nfs');
  const place = known === -1 ? sheet.append(['services'], { type: 'nfs', exports: [] }) : known;
  const { length } = sheet.get(['services', place, 'exports']) as unknown[];
  sheet.set(['services', place, 'exports', length], line);
}

function serviceEntry(sheet: Sheet, type: string, rest: string): object | undefined {
  if (type === 'rc') return { type, name: rest };
  if (type === 'samba') {
    const [share, path] = splitOnce(rest, ':');
    return path === undefined ? undefined : { type, share, path };
  }
  if (type !== 'iscsi') return undefined;
  const [target, ...fields] = splitList(rest);
  const given = new Map(fields.map((field) => splitOnce(field, ':')));
  const [resource, chap] = [given.get('resource'), given.get('chap')];
  if (resource === undefined || [...given.keys()].some((key) => key !== 'resource' && key !== 'chap'))
    return undefined;
  return { type, target, resource, ...(chap === undefined ? {} : { chap: { file: sheet.file(chap) } }) };
}

function serviceTexts(service: ServiceSpec): string[] {
  if (service.type === 'nfs') return service.exports.map((line) => `nfs:${line}`);
  if (service.type === 'samba') return [`samba:${service.share}:${service.path}`];
  if (service.type === 'rc') return [`rc:${service.name}`];
  const { target, resource, chapFile } = service;
  const chap = chapFile === undefined ? [] : [`chap:${chapFile}`];
  return [`iscsi:${joinList([target, `resource:${resource}`, ...chap])}`];
}

/** Replaces the file's list by an empty one. */
function empty(sheet: Sheet, key: string): undefined {
  sheet.set([key], []);
}
