import { notModelled, type Program, type Programs } from './program.js';
import { loaded, type Verb } from './zfs-common.js';
import { ZFS } from './zfs-verbs.js';
import { ZPOOL } from './zpool.js';

const verbs = (table: Readonly<Record<string, Verb>>): Program =>
  loaded(async (run) => {
    const [verb = '', ...words] = run.args;
    return table[verb]?.(run, words) ?? notModelled(run);
  });

export const zfsCommands: Programs = { zfs: verbs(ZFS), zpool: verbs(ZPOOL) };
