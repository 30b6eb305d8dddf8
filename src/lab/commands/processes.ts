import type { Machine, Process } from '../world/machine.js';
import { killedDaemon } from '../world/rc.js';
import { off, reboot, shutdown } from './power.js';
import { fail, getopt, has, notModelled, ok, option, type Program, type Programs } from './program.js';
import { fstat, fuser, sockstat } from './users.js';

/** The model's daemons and workers, calls of simulated programs, and the node's real processes. */
async function all(machine: Machine): Promise<Process[]> {
  const one = (pid: number, ppid: number, pgid: number, words: readonly string[]): Process => {
    const text = words.join(' ');
    return { pid, ppid, pgid, user: 'root', command: text, title: text, state: 'S' };
  };
  const found = new Map<number, Process>();
  for (const real of (await machine.host.processes?.()) ?? []) {
    found.set(real.pid, one(real.pid, real.ppid, real.pgid, real.words));
  }
  for (const call of machine.calls) {
    const { ppid = 1, pgid = call.pid } = found.get(call.pid) ?? {};
    found.set(call.pid, one(call.pid, ppid, pgid, [call.name, ...call.args]));
  }
  // A daemon of the model keeps its pid even when a real process happens to have the same.
  for (const process of machine.processes.values()) found.set(process.pid, process);
  return [...found.values()].sort((a, b) => a.pid - b.pid);
}

/** What pgrep and pkill look at: not themselves and not their ancestors (pgrep(1), -a). */
async function others(machine: Machine, self: number): Promise<Process[]> {
  const list = await all(machine);
  const own = new Set<number>();
  for (let pid: number | undefined = self; pid !== undefined && !own.has(pid); ) {
    own.add(pid);
    pid = list.find((one) => one.pid === pid)?.ppid;
  }
  return list.filter((one) => !own.has(one.pid));
}

/** pgrep(1): -f -l -x -n -o and a pattern. */
const pgrep: Program = async (run) => {
  const options = getopt(run.args, 'flxnoqaF:u:');
  const [pattern] = options?.rest ?? [];
  if (options === undefined || pattern === undefined || has(options, 'F') || has(options, 'u'))
    return notModelled(run);
  const expression = new RegExp(has(options, 'x') ? `^(${pattern})$` : pattern);
  const matches = (await others(run.machine, run.call.pid)).filter((one) => {
    const name = one.title.split(' ')[0]?.replace(/.*\//, '').replace(/:$/, '') ?? '';
    return expression.test(has(options, 'f') ? one.title : name);
  });
  if (matches.length === 0) return fail(1, '');
  const lines = matches.map((one) => (has(options, 'l') ? `${one.pid} ${one.title}` : String(one.pid)));
  return ok(has(options, 'q') ? '' : `${lines.join('\n')}\n`);
};

/** ps(1): -ax with -o pid,ppid,pgid,state,command, -p PID. */
const ps: Program = async (run) => {
  const options = getopt(
    run.args.map((word) => (/^a[uwx]+$/.test(word) ? `-${word}` : word)),
    'axwo:p:cHd',
  );
  if (options === undefined || options.rest.length > 0) return notModelled(run);
  const wanted = option(options, 'p')?.split(',').map(Number);
  const columns = (option(options, 'o') ?? 'pid,state,command').split(',');
  const list = (await all(run.machine)).filter((one) => wanted === undefined || wanted.includes(one.pid));
  const heads: Readonly<Record<string, string>> = {
    pid: 'PID',
    ppid: 'PPID',
    pgid: 'PGID',
    state: 'STAT',
    stat: 'STAT',
    command: 'COMMAND',
    comm: 'COMMAND',
    user: 'USER',
  };
  const bare = columns.map((column) => column.replace(/=.*$/, ''));
  if (bare.some((column) => heads[column] === undefined)) return notModelled(run);
  const cell = (one: Process, column: string): string => {
    if (column === 'pid') return String(one.pid).padEnd(4);
    if (column === 'ppid') return String(one.ppid).padStart(4);
    if (column === 'pgid') return String(one.pgid ?? one.pid).padStart(4);
    if (column === 'state' || column === 'stat') return one.state.padEnd(4);
    if (column === 'user') return one.user.padEnd(8);
    return column === 'comm' ? (one.command.split(' ')[0] ?? '') : one.command;
  };
  const lines = list.map((one) => bare.map((column) => cell(one, column)).join(' '));
  const silent = columns.every((column) => column.includes('='));
  const title = silent ? [] : [bare.map((column) => heads[column]).join(' ')];
  return {
    code: wanted !== undefined && list.length === 0 ? 1 : 0,
    stdout: [...title, ...lines].map((line) => `${line}\n`).join(''),
    stderr: '',
  };
};

/** pkill(1): -SIGNAL -f -x; workers and daemons of the model, and calls of simulated programs. */
const pkill: Program = async (run) => {
  const [first = ''] = run.args;
  const signal = /^-(?:SIG)?([A-Z]+|\d+)$/.exec(first)?.[1];
  const options = getopt(signal === undefined ? run.args : run.args.slice(1), 'fxno');
  const [pattern] = options?.rest ?? [];
  if (options === undefined || pattern === undefined) return notModelled(run);
  const expression = new RegExp(has(options, 'x') ? `^(${pattern})$` : pattern);
  const { machine } = run;
  let hit = false;
  for (const one of await others(machine, run.call.pid)) {
    const name = one.title.split(' ')[0]?.replace(/.*\//, '').replace(/:$/, '') ?? '';
    if (!expression.test(has(options, 'f') ? one.title : name)) continue;
    hit = true;
    for (const call of machine.calls) if (call.pid === one.pid) call.kill(signal ?? 'TERM');
    if (!machine.processes.has(one.pid)) await machine.host.signal?.(one.pid, signal ?? 'TERM');
    else if (killedDaemon(machine, one.pid, signal ?? 'TERM')) continue;
    else if (!(await machine.hastd.killed(one.pid, signal))) return notModelled(run, `pkill of ${one.title}`);
  }
  return hit ? ok() : fail(1, '');
};

export const processCommands: Programs = {
  pgrep,
  pkill,
  ps,
  sockstat,
  fuser,
  fstat,
  shutdown,
  reboot,
  poweroff: off(false),
  halt: off(false),
};
