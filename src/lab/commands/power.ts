import { getopt, has, notModelled, ok, type Program } from './program.js';

/** reboot(8) and shutdown(8) -r|-p|-h now: return at once, as the caller's session ends with the machine. */
export function off(again: boolean): Program {
  return async (run) => {
    run.machine.later(10, async () => {
      await run.world.shutdown(run.machine.name);
      if (again) await run.world.boot(run.machine.name);
    });
    return ok();
  };
}

export const shutdown: Program = async (run) => {
  const options = getopt(run.args, 'rphko');
  if (options === undefined || options.rest[0] !== 'now' || has(options, 'k') || has(options, 'o')) {
    return notModelled(run);
  }
  return off(has(options, 'r'))(run);
};

/** `reboot -q` and `-n` do without rc.shutdown: as a power cut that comes back. */
export const reboot: Program = async (run) => {
  const options = getopt(run.args, 'nqf');
  if (options === undefined) return notModelled(run);
  run.machine.core.later(10, async () => {
    await run.world.powerCut(run.machine.name);
    await run.world.boot(run.machine.name);
  });
  return ok();
};
