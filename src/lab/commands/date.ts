import { dateText, strftime } from '../world/text.js';
import { fail, getopt, has, notModelled, ok, option, type Program, type Programs } from './program.js';

/** date(1): -u, -r SECONDS or FILE is not modelled, +FORMAT. The nodes run in UTC. */
const date: Program = async (run) => {
  const options = getopt(run.args, 'ujnr:');
  if (options === undefined) return notModelled(run);
  const reference = option(options, 'r');
  if (reference !== undefined && !/^\d+$/.test(reference)) return notModelled(run);
  if (has(options, 'j') || options.rest.length > 1) return notModelled(run);
  const ms = reference === undefined ? run.machine.now() : Number(reference) * 1000;
  const [format] = options.rest;
  if (format === undefined) return ok(`${dateText(ms)}\n`);
  if (!format.startsWith('+')) return notModelled(run, 'date: setting the clock');
  const text = strftime(format.slice(1), ms);
  return text === undefined ? notModelled(run) : ok(`${text}\n`);
};

/** sleep(1), in simulated time. */
const sleep: Program = async (run) => {
  const [text] = run.args;
  if (run.args.length !== 1 || text === undefined || !/^\d*\.?\d+$/.test(text)) {
    return fail(1, 'usage: sleep seconds');
  }
  await run.world.core.clock.sleep(Number(text) * 1000, run.signal);
  return ok();
};

export const dateCommands: Programs = { date, sleep };
