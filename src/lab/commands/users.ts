import { parseRemote } from '../world/hast-conf.js';
import { fail, getopt, has, notModelled, ok, option, type Program } from './program.js';

/** sockstat(1): -4 -l -P tcp; sshd, syslogd, hastd, ctld and nfsd. */
export const sockstat: Program = async (run) => {
  const options = getopt(run.args, '46lcLnqP:p:');
  if (options === undefined || options.rest.length > 0) return notModelled(run);
  const { machine } = run;
  const rows: [string, string, number, number, string, string, string][] = [];
  const [sshd] = machine.daemons.get('sshd') ?? [];
  if (sshd !== undefined) rows.push(['root', 'sshd', sshd, 4, 'tcp4', '*:22', '*:*']);
  for (const resource of machine.hastd.resources.values()) {
    const { worker } = resource;
    if (worker?.session === undefined || has(options, 'l')) continue;
    const remote = parseRemote(resource.conf.remote)?.host ?? '';
    const own =
      machine.interfaces.towards(remote)?.addresses.find((one) => one.vhid === undefined)?.address ?? '';
    rows.push(['hast', 'hastd', worker.pid, 6, 'tcp4', `${own}:54685`, `${remote}:8457`]);
    rows.push(['hast', 'hastd', worker.pid, 7, 'tcp4', `${own}:26262`, `${remote}:8457`]);
  }
  if (machine.hastd.running) rows.push(['root', 'hastd', machine.hastd.pid, 6, 'tcp4', '*:8457', '*:*']);
  const [syslogd] = machine.daemons.get('syslogd') ?? [];
  if (syslogd !== undefined) rows.push(['root', 'syslogd', syslogd, 7, 'udp4', '*:514', '*:*']);
  const protocol = option(options, 'P');
  const lines = rows
    .filter((row) => protocol === undefined || row[4].startsWith(protocol))
    .map(
      ([user, command, pid, fd, proto, local, foreign]) =>
        `${user.padEnd(8)} ${command.padEnd(10)} ${String(pid).padEnd(5)} ${String(fd).padEnd(2)} ${proto.padEnd(6)} ${local.padEnd(21)} ${foreign.padEnd(21)}`,
    );
  const title = 'USER     COMMAND    PID   FD PROTO  LOCAL ADDRESS         FOREIGN ADDRESS      ';
  return ok(`${[title, ...lines].join('\n')}\n`);
};

/** fuser(1): -c, -m, -k, -s SIGNAL (not -TERM: measured §3.21). */
export const fuser: Program = async (run) => {
  const options = getopt(run.args, 'cfhkmus:');
  if (options === undefined || options.rest.length === 0) {
    const bad = run.args.find((word) => word.startsWith('-') && !/^-[cfhkmus]/.test(word));
    const usage = 'usage: fuser [-cfhkmu] [-M core] [-N system] [-s signal] file ...\n';
    const letter = [...(bad ?? run.args.find((word) => /^-/.test(word)) ?? '')].find(
      (one) => !'-cfhkmus'.includes(one),
    );
    return fail(1, `${letter === undefined ? '' : `fuser: illegal option -- ${letter}\n`}${usage}`);
  }
  const signal = (option(options, 's') ?? 'KILL').replace(/^SIG/, '');
  let stdout = '';
  let stderr = '';
  for (const path of options.rest) {
    const users = (await run.machine.fs.users(path)).filter((one) => one.name !== 'fuser');
    stderr += `${path}: ${users.map(() => '').join('')}`;
    stdout += users.map((one) => `  ${one.pid}`).join('');
    stderr += `${users.map(() => 'c').join('')}\n`;
    if (!has(options, 'k')) continue;
    for (const call of run.machine.calls) {
      if (users.some((one) => one.pid === call.pid)) call.kill(signal);
    }
    const calls = new Set([...run.machine.calls].map((call) => call.pid));
    for (const user of users) if (!calls.has(user.pid)) await run.machine.host.signal?.(user.pid, signal);
  }
  return { code: stdout === '' ? 1 : 0, stdout: stdout === '' ? '' : `${stdout}\n`, stderr };
};

export const fstat: Program = async (run) => {
  const options = getopt(run.args, 'fmnvp:u:');
  if (options === undefined || options.rest.length === 0) return notModelled(run);
  const lines = ['USER     CMD          PID   FD MOUNT      INUM MODE         SZ|DV R/W'];
  for (const path of options.rest) {
    for (const one of await run.machine.fs.users(path)) {
      lines.push(
        `root     ${one.name.padEnd(8)}   ${String(one.pid).padStart(5)}   wd ${path}      2 drwxr-xr-x   32768  r`,
      );
    }
  }
  return ok(`${lines.join('\n')}\n`);
};
