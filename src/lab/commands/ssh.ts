import type { CommandResult } from '../types.js';
import type { Machine } from '../world/machine.js';
import { reach } from '../world/network.js';
import { resolve } from './probes.js';
import {
  fail,
  getopt,
  type Invocation,
  notModelled,
  option,
  type Program,
  type Programs,
} from './program.js';
import { sshKeygen } from './ssh-keygen.js';
import { authenticate, checkHostKey } from './ssh-login.js';
import { type Plan, sessionEnvironment, sourceAddress } from './ssh-session.js';
import { talkRemote } from './ssh-talk.js';

/** ssh(1) from one node to the other, with its checks in ssh's order. */
export const ssh: Program = async (run) => {
  const plan = parseSsh(run);
  if (plan === undefined) return notModelled(run);
  const address = await resolve(run.machine, plan.host);
  if (address === undefined)
    return fail(255, `ssh: Could not resolve hostname ${plan.host}: Name does not resolve`);
  const { reach: what, peer } = reach(run.machine, address);
  const say = (why: string): CommandResult => fail(255, `ssh: connect to host ${plan.host} port 22: ${why}`);
  if (what === 'no-route' || what === 'refused-by-route') return say('No route to host');
  if (what === 'silent') {
    await run.world.core.clock.sleep(Number(plan.settings.get('connecttimeout') ?? '75') * 1000, run.signal);
    return say('Operation timed out');
  }
  const target = what === 'self' ? run.machine : peer;
  if (target === undefined || !target.daemons.has('sshd')) return say('Connection refused');
  const hostProblem = await checkHostKey(run, plan, target, address);
  if (hostProblem !== undefined) return hostProblem;
  const entry = await authenticate(run, plan, target, sourceAddress(run.machine, address));
  if (entry === undefined)
    return fail(255, `${plan.user}@${plan.host}: Permission denied (publickey,keyboard-interactive).`);
  return runRemote(run, plan, target, entry.command);
};

function parseSsh(run: Invocation): Plan | undefined {
  const options = getopt(run.args, 'aknqTxi:o:p:l:F:4b:');
  if (options === undefined) return undefined;
  const [target, ...words] = options.rest;
  if (target === undefined || (option(options, 'p') ?? '22') !== '22') return undefined;
  const settings = new Map<string, string>();
  const identities: string[] = [];
  for (const [letter, value] of options.given) {
    if (letter === 'i') identities.push(value);
    if (letter !== 'o') continue;
    const match = /^([A-Za-z]+)\s*[= ]\s*(.*)$/.exec(value);
    if (match === null) return undefined;
    const name = (match[1] ?? '').toLowerCase();
    if (name === 'identityfile') identities.push(match[2] ?? '');
    else if (!settings.has(name)) settings.set(name, match[2] ?? '');
  }
  const at = target.lastIndexOf('@');
  const user = at < 0 ? (option(options, 'l') ?? settings.get('user') ?? 'root') : target.slice(0, at);
  return { user, host: target.slice(at + 1), settings, identities, command: words.join(' ') };
}

async function runRemote(
  run: Invocation,
  plan: Plan,
  target: Machine,
  forced: string | undefined,
): Promise<CommandResult> {
  const command = forced ?? plan.command;
  if (command === '') return notModelled(run, 'ssh: an interactive session');
  if (/^stream\b/.test(plan.command)) return talkRemote(run, plan, target, command);
  const stdin = run.args.includes('-n') ? '' : await run.call.stdin();
  const work = target.host.shell.run(command, {
    stdin,
    signal: AbortSignal.any([run.signal, target.signal]),
    env: sessionEnvironment(run, plan),
  });
  let forget: () => void = () => undefined;
  const lost = new Promise<CommandResult>((resolve) => {
    const tell = () => resolve(fail(255, `client_loop: send disconnect: Broken pipe`));
    target.signal.addEventListener('abort', tell, { once: true });
    forget = () => target.signal.removeEventListener('abort', tell);
  });
  return run.world.core.clock.outside(Promise.race([work, lost]).finally(forget));
}

export const sshCommands: Programs = { ssh, 'ssh-keygen': sshKeygen };
