import type { ServiceSpec, StorageSpec } from '../types.js';
import { formatSize } from '../units.js';
import type { Sheet } from './sheet.js';
import type { SpecFlag } from './types.js';
import { joinList, splitList, splitOnce } from './words.js';

/** Empties a list; there is no other way to take something away from the command line. */
const NONE = 'none';

const STORAGE_FORMS =
  'ufs:RESOURCE:MOUNTPOINT[,OPTION,…][,journal:no], zfs:POOL:LAYOUT:RESOURCE,…[,PROPERTY=VALUE,…][,keyFile:FILE[,keyFormat:raw|hex|passphrase]], raw:RESOURCE';

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
    const [resource, where] = splitOnce(rest ?? '', ':');
    return where === undefined ? undefined : ufsEntry(resource, splitList(where));
  }
  // The names of pools may have colons, the rest has none.
  const match = type === 'zfs' ? /^([^,]+):([^:,]+):([^:]+(?:,key\w+:[^:,]+)*)$/.exec(rest ?? '') : null;
  return match ? zfsEntry(match[1]!, match[2]!, splitList(match[3]!)) : undefined;
}

function ufsEntry(resource: string, [mountpoint, ...words]: readonly string[]): object {
  const options = words.filter((word) => word !== NO_JOURNAL);
  return {
    type: 'ufs',
    resource,
    mountpoint,
    ...(options.length === 0 ? {} : { options }),
    ...(words.includes(NO_JOURNAL) ? { journal: false } : {}),
  };
}

const NO_JOURNAL = 'journal:no';

function zfsEntry(pool: string, layout: string, words: readonly string[]): object {
  const properties = words.filter((word) => word.includes('='));
  const keys = words.filter((word) => word.includes(':')).map((word) => splitOnce(word, ':'));
  return {
    type: 'zfs',
    pool,
    layout,
    resources: words.filter((word) => !/[=:]/.test(word)),
    ...(properties.length === 0 ? {} : { properties }),
    ...Object.fromEntries(keys),
  };
}

function storageText(entry: StorageSpec): string {
  if (entry.type === 'raw') return `raw:${entry.resource}`;
  if (entry.type === 'ufs') {
    const journal = entry.journal === false ? [NO_JOURNAL] : [];
    return `ufs:${entry.resource}:${joinList([entry.mountpoint, ...(entry.options ?? []), ...journal])}`;
  }
  const { keyFile, keyFormat } = entry;
  const words = [...entry.resources, ...(entry.properties ?? []), ...fieldTexts({ keyFile, keyFormat })];
  return `zfs:${entry.pool}:${entry.layout}:${joinList(words)}`;
}

const SERVICE_FORMS =
  'nfs:EXPORTS-LINE, nfs4:EXPORTS-LINE, iscsi:TARGET,resource:NAME[,chap:FILE] (or volume:POOL/NAME,size:SIZE), samba:SHARE:PATH, rc:NAME, jail:NAME[,startWithin:TIME,stopWithin:TIME]';

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
    if (type === 'nfs' || type === 'nfs4') return putExport(sheet, rest, type === 'nfs4');
    const entry = serviceEntry(sheet, type, rest);
    if (!entry) return `must be one of ${SERVICE_FORMS}`;
    sheet.append(['services'], entry);
    return undefined;
  },
  of: ({ services }) => services.flatMap(serviceTexts),
};

/** One service serves all lines; one line in the fourth version makes it serve that. */
function putExport(sheet: Sheet, line: string, fourth: boolean): undefined {
  const list =
    sheet.origin(['services']) === undefined ? [] : ((sheet.get(['services']) ?? []) as { type?: unknown }[]);
  const known = list.findIndex((entry) => entry.type === 'nfs');
  const place = known === -1 ? sheet.append(['services'], { type: 'nfs', exports: [] }) : known;
  const { length } = sheet.get(['services', place, 'exports']) as unknown[];
  sheet.set(['services', place, 'exports', length], line);
  if (fourth) sheet.set(['services', place, 'version'], 4);
}

function serviceEntry(sheet: Sheet, type: string, rest: string): object | undefined {
  if (type === 'samba') {
    const [share, path] = splitOnce(rest, ':');
    return path === undefined ? undefined : { type, share, path };
  }
  const [name, ...fields] = splitList(rest);
  if (type === 'rc' || type === 'jail') {
    const given = fieldsOf(fields, ['startWithin', 'stopWithin']);
    return given && { type, name, ...given };
  }
  if (type !== 'iscsi') return undefined;
  const given = fieldsOf(fields, LUN_FIELDS);
  if (!given || (given.resource === undefined && given.volume === undefined)) return undefined;
  const { chap, user, ...lun } = given;
  if (chap === undefined) return user === undefined ? { type, target: name, ...lun } : undefined;
  return {
    type,
    target: name,
    ...lun,
    chap: { file: sheet.file(chap), ...(user === undefined ? {} : { user }) },
  };
}

const LUN_FIELDS = ['resource', 'volume', 'size', 'chap', 'user', 'serial', 'deviceId', 'naa'];

/** `key:value` of each; undefined where one is none of the names. */
function fieldsOf(fields: readonly string[], names: readonly string[]): Record<string, string> | undefined {
  const pairs = fields.map((field) => splitOnce(field, ':'));
  if (pairs.some(([key, value]) => value === undefined || !names.includes(key))) return undefined;
  return Object.fromEntries(pairs) as Record<string, string>;
}

function serviceTexts(service: ServiceSpec): string[] {
  switch (service.type) {
    case 'nfs':
      return service.exports.map((line) => `${service.version === 4 ? 'nfs4' : 'nfs'}:${line}`);
    case 'samba':
      return [`samba:${service.share}:${service.path}`];
    case 'iscsi': {
      const { target, resource, volume, size, chapFile, chapUser, serial, deviceId, naa } = service;
      const bytes = size === undefined ? undefined : formatSize(size);
      const given = { resource, volume, size: bytes, chap: chapFile, user: chapUser, serial, deviceId, naa };
      return [`iscsi:${joinList([target, ...fieldTexts(given)])}`];
    }
    default: {
      const { type, name, startWithin, stopWithin } = service;
      const given = { startWithin: startWithin?.toString(), stopWithin: stopWithin?.toString() };
      return [`${type}:${joinList([name, ...fieldTexts(given)])}`];
    }
  }
}

function fieldTexts(fields: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(fields).flatMap(([key, value]) => (value === undefined ? [] : [`${key}:${value}`]));
}

/** Replaces the file's list by an empty one. */
function empty(sheet: Sheet, key: string): undefined {
  sheet.set([key], []);
}
