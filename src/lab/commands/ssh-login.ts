import { BlockList } from 'node:net';
import type { CommandResult } from '../types.js';
import type { Machine } from '../world/machine.js';
import { lookupUser } from './identity.js';
import { absolute, fail, type Invocation } from './program.js';
import { publicKeyOf } from './ssh-keygen.js';
import type { Plan } from './ssh-session.js';

export async function checkHostKey(
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

export async function authenticate(
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
