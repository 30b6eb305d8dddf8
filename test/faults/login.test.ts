import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newKeyPair } from '../../src/lab/keys.js';
import { Bench, expectClear } from './bench.js';

const PASSWORD = 'correct-horse';

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start({
    ssh: {
      password: PASSWORD,
      methods: ['publickey', 'keyboard-interactive'],
      become: { tools: ['sudo', 'su'], password: PASSWORD },
    },
  });
});
afterAll(() => bench.stop());

type Ssh = Record<string, unknown>;

/** A cluster file in which hastb is logged in to in another way. */
function hastb(ssh: Ssh, rest: Ssh = {}): Promise<string> {
  return bench.clusterFile(({ nodes }) => {
    Object.assign(nodes.hastb.ssh, ssh);
    Object.assign(nodes.hastb, rest);
  });
}

async function refused(file: string, ...words: string[]) {
  const outcome = await bench.unchanged(() => bench.apply('-f', file, ...words));
  return outcome;
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
}

async function strangerKey(): Promise<string> {
  const path = join(bench.lab.dir, 'stranger');
  await writeFile(path, newKeyPair('stranger').private, { mode: 0o600 });
  return path;
}

describe('a node that does not answer', () => {
  it('a port where nothing listens', async () => {
    const server = createServer();
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    const outcome = await refused(await hastb({ port }));
    expectClear(outcome, 4, `hastb: 127.0.0.1 port ${port} refused`, `ssh -v -p ${port}`, 'root@127.0.0.1');
  });

  it('a port that takes the connection and never says a word', async () => {
    const sockets: { destroy(): void }[] = [];
    const server = createServer((socket) => sockets.push(socket));
    const port = await listen(server);
    const outcome = await refused(await hastb({ port }));
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    expectClear(outcome, 4, 'hastb: no SSH login at 127.0.0.1 within 10 s', `ssh -v -p ${port}`);
  });

  it('a name that does not resolve', async () => {
    const outcome = await refused(await hastb({ host: 'nowhere.invalid' }));
    expectClear(outcome, 4, 'hastb: the name nowhere.invalid does not resolve');
  });

  it('names both nodes when both are away', async () => {
    const file = await bench.clusterFile(({ nodes }) => {
      nodes.hasta.ssh.host = 'a.invalid';
      nodes.hastb.ssh.host = 'b.invalid';
    });
    expectClear(
      await refused(file),
      4,
      'neither node',
      'hasta: the name a.invalid',
      'hastb: the name b.invalid',
    );
  });
});

describe('host keys', () => {
  const known = () => join(bench.lab.dir, 'known_hosts');

  it('a key that changed is refused, also with --accept-new-host-keys', async () => {
    const before = await readFile(known(), 'utf8');
    const port = bench.lab.node('hastb').port;
    const other = newKeyPair('other').public.split(' ').slice(0, 2).join(' ');
    const name = `[127.0.0.1]:${port}`;
    await writeFile(
      known(),
      before.replace(new RegExp(`^\\[127.0.0.1\\]:${port} .*$`, 'm'), `${name} ${other}`),
    );
    const outcome = await refused(bench.lab.clusterFile, '--accept-new-host-keys');
    await writeFile(known(), before);
    expectClear(
      outcome,
      4,
      `hastb: host key of ${name} refused: it has changed`,
      'shown: ssh-ed25519 SHA256:',
      `ssh-keygen -R '${name}' -f ${known()}`,
    );
  });

  it('an unknown key is refused where nobody can be asked', async () => {
    const outcome = await refused(await hastb({ host: 'localhost' }), '--no-input');
    expectClear(
      outcome,
      4,
      'hastb: host key of [localhost]',
      'no known_hosts file',
      '--accept-new-host-keys',
    );
  });
});

describe('login and rights', () => {
  it('no password can be typed without a terminal', async () => {
    const outcome = await refused(await hastb({ identity: await strangerKey() }));
    expectClear(outcome, 4, 'hastb: authentication as root@127.0.0.1 failed', 'Run hastconf on a terminal');
  });

  it('a wrong password, three times', async () => {
    const file = await hastb({ identity: await strangerKey() });
    const answers = ['wrong-one', 'wrong-two', 'wrong-three'];
    const outcome = await bench.unchanged(() => bench.run(['apply', '-y', '-f', file], { answers }));
    expectClear(outcome, 4, 'hastb: authentication as root@127.0.0.1 failed', 'authorized_keys');
    for (const word of answers) expect(outcome.stderr).not.toContain(word);
  });

  it('a login without root rights', async () => {
    const outcome = await refused(await hastb({ user: 'operator' }));
    expectClear(outcome, 3, 'hastb: no root rights (uid 1001)', 'become');
  });

  it.each(['sudo', 'su'])('%s that wants a password, and nobody to ask', async (become) => {
    const outcome = await refused(await hastb({ user: 'operator', become }));
    expectClear(outcome, 4, `hastb: ${become} did not give root rights`, 'nobody may be asked');
  });

  it('sudo that refuses the password', async () => {
    const file = await hastb({ user: 'operator', become: 'sudo' });
    const answers = ['wrong-one', 'wrong-two', 'wrong-three'];
    const outcome = await bench.unchanged(() => bench.run(['apply', '-y', '-f', file], { answers }));
    expectClear(outcome, 4, 'hastb: sudo did not give root rights', 'password was not accepted');
    for (const word of answers) expect(outcome.stderr).not.toContain(word);
  });

  it('doas that is not installed', async () => {
    const outcome = await refused(await hastb({ user: 'operator', become: 'doas' }));
    expectClear(outcome, 4, 'hastb: doas did not give root rights', 'pkg install doas');
  });

  it('both names lead to one machine', async () => {
    const { port } = bench.lab.node('hasta');
    const key = (await readFile(join(bench.lab.dir, 'known_hosts'), 'utf8')).split('\n')[0]?.split(' ');
    await appendFile(join(bench.lab.dir, 'known_hosts'), `[localhost]:${port} ${key?.slice(1).join(' ')}\n`);
    const outcome = await refused(await hastb({ host: 'localhost', port }));
    expectClear(outcome, 3, 'hasta and hastb are the same machine', 'check ssh.host of both nodes');
  });
});
