import { fail, type Program, type Programs } from './program.js';

const unknown: Program = async (run) =>
  fail(127, `lab: not modelled: ${run.call.name} ${run.args.join(' ')}`);

export const zfsCommands: Programs = { zfs: unknown, zpool: unknown, zdb: unknown };
