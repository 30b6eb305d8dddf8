import { resolve } from 'node:path';
import { expandHome } from '../local-user.js';
import type { Draft, DraftNode } from '../spec/check/draft.js';
import type { Become, ZfsLayout } from '../spec/types.js';
import { type Device, devicesOf } from './devices.js';
import { loginText, parseLogin } from './login.js';
import { serviceEntries } from './service-entries.js';
import { type Answers, type Context, type Login, list, text } from './types.js';
import { useOf } from './used.js';

/** Stand-ins until the machines have said what they are called. */
const NAMELESS = ['first', 'second'] as const;

/** What the nodes are called, as far as that is known. */
export function namesOf({ pair }: Context): readonly [string, string] {
  return pair?.names ?? NAMELESS;
}

/** The two logins, as far as they have been answered; key files by their absolute paths. */
export function loginsOf({ answers, here }: Context): readonly [Login | undefined, Login | undefined] {
  return [loginOf(answers, here, 1), loginOf(answers, here, 2)];
}

function loginOf(answers: Answers, { cwd, home }: Context['here'], number: 1 | 2): Login | undefined {
  const login = parseLogin(text(answers[`login${number}`]) ?? '');
  if (typeof login === 'string') return undefined;
  if ('local' in login) return login;
  const become = text(answers[`become${number}`]) as Become | undefined;
  const { identity } = login;
  const path = identity?.startsWith('~/') ? expandHome(identity, home) : identity && resolve(cwd, identity);
  return { ...login, ...(path && { identity: path }), ...(become && { become }) };
}

/** What `login1` and `login2` are called in messages. */
export function machineLabel(context: Context, index: 0 | 1): string {
  const login = loginsOf(context)[index];
  if (context.pair) return context.pair.names[index];
  if (!login) return index === 0 ? 'the first machine' : 'the second machine';
  return 'local' in login ? 'this machine' : loginText({ host: login.host, become: 'none' });
}

/** The cluster file that the answers make so far; whatever is still open is missing in it. */
export function draftOf(context: Context): Draft {
  const { answers } = context;
  const [first, second] = namesOf(context);
  const devices = devicesOf(context);
  const replication = list(answers.replication);
  const interfaces = list(answers.carpLink);
  const logins = loginsOf(context);
  const node = (index: 0 | 1): DraftNode => ({
    ...sshEntry(logins[index]),
    ...given({ replication: replication[index], interface: interfaces[index] }),
  });
  const vhid = text(answers.vhid);
  return given({
    version: 1 as const,
    name: text(answers.name),
    nodes: { [first]: node(0), [second]: node(1) },
    carp: given({ address: text(answers.address), vhid: vhid === undefined ? undefined : Number(vhid) }),
    preferred: text(answers.preferred),
    hast: given({ replication: text(answers.mode) as 'memsync' | undefined }),
    resources:
      devices.length === 0
        ? undefined
        : Object.fromEntries(devices.map((device) => [device.name, resourceEntry(device, [first, second])])),
    storage: storageEntries(context, devices),
    services: serviceEntries(context),
    agent: given({
      failback: text(answers.failback) as 'manual' | undefined,
      witness: answers.witness === undefined ? undefined : [...list(answers.witness)].filter(isAddress),
    }),
  });
}

const isAddress = (word: string): boolean => word !== 'none';

function sshEntry(login: Login | undefined): Pick<DraftNode, 'ssh' | 'local'> {
  if (!login) return {};
  if ('local' in login) return { local: true };
  const { become, ...rest } = login;
  return { ssh: { ...rest, ...(become === 'none' ? {} : { become }) } };
}

function resourceEntry(device: Device, [first, second]: readonly [string, string]) {
  const both = (values: readonly [string, string]) =>
    values[0] === values[1] ? values[0] : { [first]: values[0], [second]: values[1] };
  if (!device.zvol) return { local: both(device.paths) };
  const { pools, name, size } = device.zvol;
  return { zvol: { pool: both(pools), name, size } };
}

/** One pool of all resources that go into it, then the others one by one, in order. */
function storageEntries(
  { answers }: Context,
  devices: readonly Device[],
): NonNullable<Draft['storage']> | undefined {
  const chosen = devices.map((device) => ({ name: device.name, use: useOf(answers, device.name) }));
  if (chosen.some(({ use }) => use === undefined)) return undefined;
  const mounts = [...list(answers.mounts)];
  const pooled = chosen.filter(({ use }) => use === 'zfs').map(({ name }) => name);
  const single = chosen.flatMap(({ name, use }): NonNullable<Draft['storage']> => {
    if (use === 'ufs') return [{ type: 'ufs', resource: name, mountpoint: mounts.shift() }];
    return use === 'raw' ? [{ type: 'raw', resource: name }] : [];
  });
  if (pooled.length === 0) return single;
  const layout = (text(answers.layout) ?? 'stripe') as ZfsLayout;
  return [{ type: 'zfs', pool: text(answers.pool), layout, resources: pooled }, ...single];
}

/** Without the keys that have no value: the rules take a key that is there but undefined for missing. */
function given<T extends object>(values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}
