import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { newKeyPair } from '../../../src/lab/keys.js';
import { LabSsh } from '../../../src/lab/ssh/server.js';
import { connect } from '../../../src/remote/connect.js';
import type { Target } from '../../../src/remote/target.js';
import { Secret } from '../../../src/spec/secret.js';
import type { Become } from '../../../src/spec/types.js';
import { basicCommands, type LoneNode, loneNode } from '../lone-node.js';

const login = newKeyPair('login');
const host = newKeyPair('host');
let lone: LoneNode;
let server: LabSsh;
let directory: string;
const targets: Target[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hastconf-become-'));
  lone = await loneNode((clock) => ({
    ...basicCommands(clock),
    id: async () => ({ code: 0, stdout: '0\n', stderr: '' }),
    hastctl: async () => ({ code: 0, stdout: 'root only\n', stderr: '' }),
    mktemp: async () => ({ code: 0, stdout: '/tmp/made\n', stderr: '' }),
  }));
  server = await LabSsh.listen({
    node: lone.node,
    hostKey: host.private,
    port: 0,
    accounts: [{ user: 'operator', authorizedKeys: async () => [login.public] }],
    methods: ['publickey'],
    up: () => true,
    diskFull: () => false,
    sftp: true,
    latencyMs: 0,
  });
  await writeFile(join(directory, 'key'), login.private, { mode: 0o600 });
  const [type, base64] = host.public.split(' ');
  await writeFile(join(directory, 'known_hosts'), `[127.0.0.1]:${server.port} ${type} ${base64}\n`);
});
afterEach(async () => {
  await Promise.all(targets.splice(0).map((target) => target.close()));
});
afterAll(async () => {
  await server.close();
  await lone.close();
  await rm(directory, { recursive: true, force: true });
});

async function reach(become: Become, answers: string[] = []): Promise<Target> {
  const target = await connect(
    {
      name: 'hasta',
      replication: '10.77.0.1',
      interface: 'vtnet1',
      ssh: {
        host: '127.0.0.1',
        port: server.port,
        user: 'operator',
        identity: join(directory, 'key'),
        become,
      },
    },
    {
      acceptNewHostKeys: false,
      knownHostsFiles: [join(directory, 'known_hosts')],
      askSecret: async () => new Secret(answers.shift() ?? ''),
    },
  );
  targets.push(target);
  return target;
}

describe('a user who is not root', () => {
  it('is not root, and cannot use root’s programs', async () => {
    const refused = reach('none').then((target) => target.script('true'));
    await expect(refused).rejects.toMatchObject({ exit: 3 });
  });

  it.each(['sudo', 'doas'] as const)('becomes root with %s when it does not ask', async (tool) => {
    lone.node.allowBecome({ tools: [tool] });
    const target = await reach(tool);
    expect(await target.script('id -u; hastctl; echo $HOME')).toMatchObject({
      code: 0,
      stdout: '0\nroot only\n/root\n',
    });
  });

  it.each(['sudo', 'doas', 'su'] as const)('becomes root with %s and a password', async (tool) => {
    lone.node.allowBecome({ tools: [tool], password: 'sesame' });
    const target = await reach(tool, ['wrong', 'sesame']);
    expect(await target.script('id -u; echo err >&2; exit 3')).toMatchObject({
      code: 3,
      stdout: '0\n',
      stderr: 'err\n',
    });
  });

  it('is refused with wrong passwords', async () => {
    lone.node.allowBecome({ tools: ['sudo'], password: 'sesame' });
    const refused = reach('sudo', ['a', 'b', 'c', 'd']).then((target) => target.script('true'));
    await expect(refused).rejects.toMatchObject({ exit: 4 });
  });
});
