import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AGENT, FakeNode } from './node.js';

/** The loops of two agents, connected by an ssh(1) that runs the other one's forced command. */
let a: FakeNode;
let b: FakeNode;
let loops: Promise<unknown>[];

function connect(node: FakeNode, other: FakeNode): void {
  const program = (name: string, text: string) => {
    writeFileSync(join(node.dir, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(node.dir, name), 0o755);
  };
  mkdirSync(join(node.dir, 'bin'));
  program('bin/sleep', 'exec sleep-for-real 0.1');
  program(
    'bin/ssh',
    `for last in "$@"; do :; done
echo "$last" >>"$FAKE/logins"
[ ! -e "$FAKE/no-sshd" ] || exit 255
exec env FAKE=${other.dir} SSH_ORIGINAL_COMMAND="$last" ${other.dir}/real peer`,
  );
  program(
    'real',
    `CARP_HAST_LIB=1 . ${AGENT}
PATH=$FAKE/bin:${join(import.meta.dirname, 'fakes')}:/usr/bin:/bin
etc=$FAKE/etc db=$FAKE/db run=$FAKE/run dev=$FAKE/dev pidfile=$FAKE/pid self=$FAKE/real
main "$@"`,
  );
  node.set('run/armed', '').set('ping.10.77.0.2', '').set('ping.192.168.50.12', '');
}

beforeEach(() => {
  a = new FakeNode();
  b = new FakeNode();
  a.standby();
  b.serving();
  connect(a, b);
  connect(b, a);
  loops = [a, b].map((node) => node.run('exec "$FAKE/real" loop </dev/null >/dev/null 2>&1'));
});

afterEach(async () => {
  for (const node of [a, b]) node.unset('run/armed');
  await Promise.all(loops);
  for (const node of [a, b]) {
    await node.run('close_streams');
    node.remove();
  }
});

const beat = (text: string): number => Number(/^answer b(\d+)$/m.exec(text)?.[1] ?? 0);
const until = (so: () => unknown) => expect.poll(so, { timeout: 60_000, interval: 50 }).toBeTruthy();

describe('the connection that stays', () => {
  test('one login for each network, an answer for each second', async () => {
    await until(() => beat(a.get('run/heard.rep')) > 10_010 && beat(b.get('run/heard.lan')) > 10_010);
    await until(() => a.get('run/heard.rep').includes('\nstate serving\n'));
    await until(() => b.get('run/heard.lan').includes('\nstate standby\n'));
    expect(a.get('logins').split('\n').sort().join(' ').trim()).toBe('stream lan stream rep');
  });

  test('one that ends is made anew', async () => {
    await until(() => beat(a.get('run/heard.rep')) > 0);
    process.kill(Number(a.get('run/ssh.rep')));
    const before = Number(a.get('run/beat'));
    await until(() => beat(a.get('run/heard.rep')) > before + 2);
    expect(a.get('logins').match(/stream rep/g)?.length).toBe(2);
  });

  test('an sshd that lets nobody in any more is an alarm on both nodes', async () => {
    await until(() => beat(b.get('run/heard.rep')) > 0);
    a.set('no-sshd', '');
    for (const path of ['rep', 'lan']) process.kill(Number(a.get(`run/ssh.${path}`)));
    await until(() => existsSync(join(a.dir, 'run/alarm.peer-channel')));
    await until(() => existsSync(join(b.dir, 'run/alarm.peer-channel')));
    expect(a.get('db/record')).toContain('fresh=fresh');
    a.unset('no-sshd');
    await until(() => !existsSync(join(a.dir, 'run/alarm.peer-channel')));
    await until(() => !existsSync(join(b.dir, 'run/alarm.peer-channel')));
  }, 200_000);
});
