import { createHash } from 'node:crypto';
import { BlockList } from 'node:net';
import type { CommandResult } from '../types.js';
import type { Machine } from '../world/machine.js';
import { reach } from '../world/network.js';
import { opensshKey } from '../world/prepare.js';
import { lookupUser } from './identity.js';
import { resolve } from './network.js';
import {
  absolute,
  fail,
  getopt,
  has,
  type Invocation,
  notModelled,
  ok,
  option,
  type Program,
  type Programs,
} from './program.js';

/** ssh-keygen(1): making ed25519 keys, -l, -F, -y. */
const sshKeygen: Program = async (run) => {
  const options = getopt(run.args, 'qt:N:f:C:lF:E:yb:R:');
  if (options === undefined || options.rest.length > 0 || has(options, 'R')) return notModelled(run);
  const file = option(options, 'f');
  if (file === undefined) return notModelled(run, 'ssh-keygen without -f');
  const { files } = run.machine;
  const path = absolute(run, file);
  if (has(options, 'l') || has(options, 'y')) {
    const text = await files.read(has(options, 'l') && !path.endsWith('.pub') ? path : path);
    const key =
      publicKeyOf(text ?? (await files.read(`${path}.pub`)) ?? '') ??
      publicKeyOf((await files.read(`${path}.pub`)) ?? '');
    if (key === undefined) return fail(255, `${file}: No such file or directory`);
    if (has(options, 'y')) return ok(`${key.type} ${key.blob} ${key.comment}\n`);
    return ok(`256 ${fingerprint(key.blob)} ${key.comment === '' ? 'no comment' : key.comment} (ED25519)\n`);
  }
  const host = option(options, 'F');
  if (host !== undefined) {
    const lines = ((await files.read(path)) ?? '').split('\n');
    const at = lines.findIndex((line) => (line.split(/\s+/)[0] ?? '').split(',').includes(host));
    return at < 0 ? fail(1, '') : ok(`# Host ${host} found: line ${at + 1} \n${lines[at]}\n`);
  }
  if (option(options, 't') !== 'ed25519' || option(options, 'N') !== '') return notModelled(run);
  if (await files.exists(path)) {
    return fail(1, '', `${file} already exists.\nOverwrite (y/n)? `);
  }
  const pair = opensshKey(option(options, 'C') ?? `root@${run.machine.name}`);
  await run.machine.writeFile(path, pair.privateKey, 0o600);
  await run.machine.writeFile(`${path}.pub`, pair.publicKey, 0o644);
  if (has(options, 'q')) return ok();
  return ok(
    `Generating public/private ed25519 key pair.\nYour identification has been saved in ${file}\nYour public key has been saved in ${file}.pub\n`,
  );
};

interface PublicKey {
  type: string;
  blob: string;
  comment: string;
}

/** Public half of an OpenSSH key file, private or public. */
export function publicKeyOf(text: string): PublicKey | undefined {
  if (text.includes('OPENSSH PRIVATE KEY')) {
    const body = Buffer.from(text.replace(/-----[^-]+-----/g, '').replace(/\s/g, ''), 'base64');
    const at = body.indexOf('ssh-ed25519');
    return at < 4
      ? undefined
      : { type: 'ssh-ed25519', blob: body.subarray(at - 4, at + 47).toString('base64'), comment: '' };
  }
  const match = /^(ssh-\S+|ecdsa-\S+)\s+(\S+)\s*(.*)$/m.exec(text);
  return match === null ? undefined : { type: match[1] ?? '', blob: match[2] ?? '', comment: match[3] ?? '' };
}

function fingerprint(blob: string): string {
  return `SHA256:${createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64').replace(/=+$/, '')}`;
}

interface Plan {
  user: string;
  host: string;
  settings: Map<string, string>;
  identities: string[];
  command: string;
}

/** ssh(1) from one node to the other, with its checks in ssh's order. */
const ssh: Program = async (run) => {
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

function sourceAddress(machine: Machine, address: string): string {
  const nic = machine.interfaces.towards(address);
  return nic?.addresses.find((own) => own.vhid === undefined)?.address ?? '127.0.0.1';
}

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

async function checkHostKey(
  run: Invocation,
  plan: Plan,
  target: Machine,
  address: string,
): Promise<CommandResult | undefined> {
  const strict = plan.settings.get('stricthostkeychecking') ?? 'ask';
  const key = publicKeyOf((await target.files.read('/etc/ssh/ssh_host_ed25519_key.pub')) ?? '');
  if (key === undefined) return fail(255, `kex_exchange_identification: Connection closed by remote host`);
  const file = plan.settings.get('userknownhostsfile') ?? '/root/.ssh/known_hosts';
  const name = plan.settings.get('hostkeyalias') ?? plan.host;
  const lines = ((await run.machine.files.read(absolute(run, file))) ?? '').split('\n');
  const known = lines
    .map((line) => line.trim().split(/\s+/))
    .filter(([hosts]) => (hosts ?? '').split(',').some((host) => host === name || host === address));
  if (known.some(([, type, blob]) => type === key.type && blob === key.blob)) return undefined;
  if (known.some(([, type]) => type === key.type)) {
    return fail(
      255,
      '@@@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @@@\nHost key verification failed.',
    );
  }
  if (strict === 'no' || strict === 'off') return undefined;
  if (strict === 'accept-new') {
    const before = (await run.machine.files.read(absolute(run, file))) ?? '';
    await run.machine.writeFile(absolute(run, file), `${before}${name} ${key.type} ${key.blob}\n`, 0o600);
    return undefined;
  }
  return fail(
    255,
    `No ED25519 host key is known for ${name} and you have requested strict checking.\nHost key verification failed.`,
  );
}

interface Authorized {
  /** Forced command. */
  command: string | undefined;
}

async function authenticate(
  run: Invocation,
  plan: Plan,
  target: Machine,
  from: string,
): Promise<Authorized | undefined> {
  const user = await lookupUser(target.files, plan.user);
  if (user === undefined) return undefined;
  const home = user.home === '' ? '/root' : user.home;
  const authorized = ((await target.files.read(`${home}/.ssh/authorized_keys`)) ?? '').split('\n');
  const identities = plan.identities.length > 0 ? plan.identities : ['/root/.ssh/id_ed25519'];
  for (const identity of identities) {
    const key = publicKeyOf((await run.machine.files.read(absolute(run, identity))) ?? '');
    if (key === undefined) continue;
    for (const line of authorized) {
      const entry = authorizedEntry(line);
      if (entry === undefined || entry.blob !== key.blob) continue;
      if (entry.from !== undefined && !fromMatches(entry.from, from)) continue;
      return { command: entry.command };
    }
  }
  return undefined;
}

function authorizedEntry(
  line: string,
): { blob: string; command: string | undefined; from: string | undefined } | undefined {
  const match = /^((?:[^\s"]|"(?:[^"\\]|\\.)*")+\s+)?(ssh-\S+|ecdsa-\S+)\s+(\S+)/.exec(line.trim());
  if (match === null || line.trim().startsWith('#')) return undefined;
  const options = match[1] ?? '';
  const pick = (name: string): string | undefined =>
    new RegExp(`(?:^|,)${name}="((?:[^"\\\\]|\\\\.)*)"`).exec(options)?.[1]?.replace(/\\"/g, '"');
  return { blob: match[3] ?? '', command: pick('command'), from: pick('from') };
}

function fromMatches(patterns: string, address: string): boolean {
  return patterns.split(',').some((pattern) => {
    if (pattern.includes('/')) {
      const [net = '', bits = '32'] = pattern.split('/');
      const list = new BlockList();
      list.addSubnet(net, Number(bits), 'ipv4');
      return list.check(address);
    }
    const expression = pattern.replace(/[.]/g, '\\.').replaceAll('*', '.*').replaceAll('?', '.');
    return new RegExp(`^${expression}$`).test(address);
  });
}

async function runRemote(
  run: Invocation,
  plan: Plan,
  target: Machine,
  forced: string | undefined,
): Promise<CommandResult> {
  const command = forced ?? plan.command;
  if (command === '') return notModelled(run, 'ssh: an interactive session');
  const stdin = run.args.includes('-n') ? '' : await run.call.stdin();
  const work = target.host.shell.run(command, {
    stdin,
    signal: AbortSignal.any([run.signal, target.signal]),
    env: {
      SSH_ORIGINAL_COMMAND: plan.command,
      SSH_CLIENT: `${sourceAddress(run.machine, plan.host)} 50000 22`,
      USER: plan.user,
      LOGNAME: plan.user,
      LAB_USER: plan.user,
    },
  });
  const lost = new Promise<CommandResult>((resolve) => {
    target.signal.addEventListener(
      'abort',
      () => resolve(fail(255, `client_loop: send disconnect: Broken pipe`)),
      { once: true },
    );
  });
  return run.world.core.clock.outside(Promise.race([work, lost]));
}

export const sshCommands: Programs = { ssh, 'ssh-keygen': sshKeygen };
