import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkMetrics } from '../report/metrics-format.js';
import { BEAT, FakeNode, type ShellResult } from './node.js';

let node: FakeNode;
beforeEach(() => {
  node = new FakeNode();
});
afterEach(() => node.remove());

const verb = (words: string, env: Record<string, string> = {}): Promise<ShellResult> =>
  node.run(`main ${words}`, env);
const peer = (command: string) => verb('peer', { SSH_ORIGINAL_COMMAND: command });

describe('wrong usage', () => {
  const wrong = [
    '',
    'nonsense',
    'promote --hard',
    'demote now',
    'maintenance',
    'maintenance on 1h',
    'maintenance on -5',
  ];
  test.each([...wrong, 'status --xml', 'hook nonsense disk0', 'locked nonsense'])('%s', async (words) => {
    const result = await verb(words);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('usage: carp-hast-switch');
    expect(node.calls()).toEqual([]);
  });

  test('without its configuration it says which file is missing', async () => {
    node.unset('etc/agent.conf');
    expect(await verb('reconcile')).toMatchObject({ code: 1, stderr: expect.stringContaining('agent.conf') });
  });
});

test.each(['hook role disk0 init primary', 'connect disk0', 'split-brain disk0'])(
  'hastd may call its hook before the agent is configured: %s',
  async (words) => {
    node.unset('etc/agent.conf');
    expect(await verb(words)).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(node.calls()).toEqual([]);
  },
);

/** What the peer's end of a connection answers to these lines. */
const stream = async (...lines: string[]) => {
  const talk = `printf '%s\\n' ${lines.map((line) => `'${line}'`).join(' ')} | SSH_ORIGINAL_COMMAND='stream rep' main peer`;
  return (await node.run(talk)).stdout;
};

describe('what the peer may ask', () => {
  test('status: nothing from an agent that stopped looking', async () => {
    node.standby().peerDead();
    await node.reconcile();
    expect((await peer('status')).stdout).toContain(
      'state standby\nnode hasta\nfresh fresh\nepoch 5\nagreed 5\n',
    );
    node.set('run/beat', `${BEAT + 61}\n`);
    expect((await peer('status')).stdout).toBe('state unknown\n');
    node.unset('run/public');
    expect((await peer('status')).code).toBe(1);
  });

  test('status: a primary that lost its secondary has moved on, however busy its agent is', async () => {
    node.serving();
    await node.peer({}).reconcile();
    node.set('db/lone', 'disk0\n');
    expect((await peer('status')).stdout).toMatch(/^epoch 5\nagreed 5\n[\s\S]*^epoch 6\n/m);
    node.set('run/public', node.get('run/public').replace('agreed 5', 'agreed 4'));
    expect((await peer('status')).stdout.match(/^epoch/gm)).toHaveLength(1);
  });

  test('it works without reading the configuration', async () => {
    node.unset('etc/agent.conf').set('run/public', `state down\nbeat ${BEAT}\n`);
    expect((await peer('status')).code).toBe(0);
  });

  test('a connection that stays: every question has its answer, the words that come are left for the agent', async () => {
    node.standby().peerDead().set('run/meeting', '7.1\n');
    await node.reconcile();
    const said = await stream('ask b1', `tell q1.1 ${BEAT} insync 7 7.1`, 'ask q1.2');
    const [first = '', second = '', third = ''] = said.split(/(?<=end \S+\n)/);
    expect(first).toMatch(/^answer b1\nstate standby\n[\s\S]*\nmeeting 7.1\nbeat 10000\nend b1\n$/);
    expect(second).toBe('answer q1.1\naccepted\nend q1.1\n');
    expect(third).toMatch(/^answer q1.2\nstate standby\n/);
    expect(node.get('db/spool/insync')).toBe('7 7.1\n');
  });

  test('an agent whose seconds have stopped has no say', async () => {
    node.standby().peerDead();
    await node.reconcile();
    const beats = Array.from({ length: 12 }, (_, n) => `ask b${n}`);
    expect((await stream(...beats)).split(/(?<=end \S+\n)/).at(-1)).toBe(
      'answer b11\nstate unknown\nend b11\n',
    );
  });

  test.each([
    ['demote', 'db/spool/demote', 'demote\n'],
    ['insync 7 -', 'db/spool/insync', '7 -\n'],
    ['equal 6 7', 'db/spool/equal', '6 7\n'],
    ['released 7 6', 'db/spool/released', '7 6\n'],
  ])('%s is left for the agent to judge; not when it comes late', async (words, file, content) => {
    expect(await stream(`tell q1 ${BEAT - 6} ${words}`)).toBe('answer q1\nrefused\nend q1\n');
    expect(node.get(file)).toBe('');
    expect(await stream(`tell q2 ${BEAT - 2} ${words}`)).toBe('answer q2\naccepted\nend q2\n');
    expect(node.get(file)).toBe(content);
  });

  const wrongWords = ['promote', 'insync', 'insync x -', 'insync 1', 'insync 1 $(reboot)', 'released 1'];
  test.each([
    ...wrongWords,
    'insync 99999999999999999999 -',
    'insync 08 -',
    'released 7 06',
    '* *',
    'locked tick',
    '',
  ])('not: %s', async (words) => {
    expect(await stream(`tell q1 ${BEAT} ${words}`)).toBe('answer q1\nrefused\nend q1\n');
    expect(node.get('db/spool/insync') + node.get('db/spool/demote')).toBe('');
  });

  test('what is no question is no answer', async () => {
    expect(await stream('ask', 'ask x1', 'ask q1;reboot', 'what q1', 'ask $(reboot)')).toBe('');
  });

  test.each([
    '',
    'promote',
    'demote',
    'insync 7',
    'status; reboot',
    'stream',
    'stream wan',
    '* *',
    'locked tick',
  ])('no command: %s', async (command) => {
    expect((await peer(command)).code).not.toBe(0);
    expect(node.get('db/spool/insync') + node.get('db/spool/demote')).toBe('');
  });
});

describe('status --metrics', () => {
  test('has the text format of Prometheus: one head for each metric, its samples below it', async () => {
    node.serving();
    await node.reconcile();
    const { code, stdout } = await verb('status --metrics');
    expect(code).toBe(0);
    await expect(stdout.replace(/(_timestamp_seconds\{.*\}) \d+/g, '$1 TIME')).toMatchFileSnapshot(
      'golden/metrics-serving.txt',
    );
    checkMetrics(stdout);
  });

  test('an alarm with the time since when it holds, also when it is said again', async () => {
    node.standby().peerDead().unset('hastd').set('run/alarm.hastd-down', '1 1795160000\n');
    await node.reconcile();
    expect(node.get('run/alarm.hastd-down')).toBe(`${BEAT} 1795160000\n`);
    const { stdout } = await verb('status --metrics');
    expect(stdout).toContain('hastconf_hastd_up{cluster="pair1",node="hasta"} 0\n');
    expect(stdout).toContain(
      'hastconf_alarm_since_timestamp_seconds{cluster="pair1",node="hasta",alarm="hastd-down"} 1795160000\n',
    );
    checkMetrics(stdout);
    const { alarmsSince } = JSON.parse((await verb('status --json')).stdout);
    expect(alarmsSince).toMatchObject({ 'hastd-down': 1795160000 });
  });
});

describe('wake-ups', () => {
  test('before start and after stop nothing wakes it', async () => {
    node.standby().peerDead().set('carp', 'MASTER\n');
    for (const words of [
      'event 1@vtnet1 MASTER',
      'master',
      'slave',
      'hook connect disk0',
      'role disk0 init primary',
    ])
      expect((await verb(words)).code).toBe(0);
    expect(node.calls()).toEqual([]);
  });

  test.each(['event 1@vtnet1 MASTER', 'master', 'hook role disk0 secondary primary', 'disconnect disk0'])(
    '%s ends in the reconciler',
    async (words) => {
      node.standby().peerDead().set('link', '-\n').set('carp', 'MASTER\n').set('run/armed', '');
      expect((await verb(words)).code).toBe(0);
      expect(node.get('mounts')).toContain('/dev/hast/disk0');
      expect(existsSync(join(node.dir, 'run/wanted'))).toBe(false);
    },
  );

  test('while one works, the others leave a mark and go; the mark is acted on', async () => {
    node
      .standby()
      .peer({ state: 'serving', roles: 'all-primary', mounts: 'all', carp: 'MASTER' })
      .set('run/armed', '');
    const script = `load_config
flock "$run/lock" sh -c ': >"$FAKE/held"; while [ ! -e "$FAKE/go" ]; do sleep-for-real 0.01; done' &
while [ ! -e "$FAKE/held" ]; do sleep-for-real 0.01; done
main event 1@vtnet1 MASTER; echo "first $?"
main event 1@vtnet1 BACKUP; echo "second $?"
[ -e "$run/wanted" ] && echo marked
: >"$FAKE/go"; wait
main event 1@vtnet1 BACKUP
[ -e "$run/wanted" ] || echo done`;
    expect((await node.run(script)).stdout).toBe('first 0\nsecond 0\nmarked\ndone\n');
  });

  test('a wake during the work makes the holder look again', async () => {
    node.standby().peer({ state: 'serving', roles: 'all-primary', mounts: 'all', carp: 'MASTER' });
    const script = `load_config
rounds=0
think() { rounds=$((rounds + 1)); [ "$rounds" -gt 1 ] || : >"$run/wanted"; action=none reason=standby skew=keep p_state=unasked; }
reconcile wake; echo "$rounds"`;
    expect((await node.run(script)).stdout).toBe('2\n');
  });
});

describe('start and stop', () => {
  test('start forgets what earlier looks saw, arms, and leaves the timer to daemon', async () => {
    node.standby().set('run/hold', '1\n').set('run/rejected', '');
    expect((await verb('start')).code).toBe(0);
    expect(node.calls()).toEqual([`daemon -f -r -P ${node.dir}/pid ${node.dir}/self loop`]);
    expect(existsSync(join(node.dir, 'run/armed'))).toBe(true);
    for (const mark of ['met', 'served', 'hold']) expect(existsSync(join(node.dir, 'run', mark))).toBe(false);
    expect(existsSync(join(node.dir, 'run/rejected'))).toBe(true);
  });

  test('stop hands the storage over in order and tells the peer, before its sshd is gone', async () => {
    node.serving().peer({}).set('running.db', '').set('run/armed', '');
    expect(await verb('stop')).toMatchObject({ code: 0, stderr: '' });
    expect(node.calls().map((call) => call.replaceAll(node.dir, ''))).toEqual([
      'ifconfig vtnet1 vhid 1 advskew 240',
      'service db onestop',
      'umount /hast/disk0',
      'hastctl role secondary disk0',
      'tell released 5 5',
    ]);
    expect(existsSync(join(node.dir, 'run/armed'))).toBe(false);
    expect((await peer('status')).stdout).toMatch(/^state down\n[\s\S]*ready no\n/);
  });

  test('the word of a peer that went down counts while its agent is gone', async () => {
    node
      .standby()
      .peerDead()
      .set('ping.10.77.0.2', '')
      .set('ping.192.168.50.12', '')
      .set('carp', 'MASTER\n')
      .set('link', '-\n');
    await node.set('db/spool/released', '5 5\n').reconcile('wake');
    expect(node.get('db/record')).toContain('reason=carp-master');
    expect(node.get('mounts')).not.toBe('');
  });

  test('stop on a standby only gives the address up', async () => {
    node.standby().peerDead();
    expect((await verb('stop')).code).toBe(0);
    expect(node.calls()).toEqual(['ifconfig vtnet1 vhid 1 advskew 240']);
  });

  test('a stop that cannot let go fails, and does not reboot', async () => {
    node.serving().peer({}).set('busy', '').set('fail.umount-f', '');
    expect((await verb('stop')).code).toBe(1);
    expect(node.get('role.disk0')).toBe('primary\n');
    expect(node.calls()).not.toContain('reboot -n -q');
  });
});

describe('status', () => {
  test('text and exit code', async () => {
    node.serving();
    expect(await verb('status')).toMatchObject({
      code: 0,
      stdout:
        'hasta: serving, copy fresh, epoch 5, CARP MASTER advskew 0, peer unasked\ndisk0 primary complete 0 0\n',
    });
    node.set('role.disk0', 'init\n').set('mounts', '').set('link', '-\n');
    expect((await verb('status')).code).toBe(3);
  });

  test('JSON is valid whatever it is given, and looking changes nothing', async () => {
    const odd = new FakeNode({ node: 'a"b\\c', peer: "o'hara $(x)" });
    odd.serving();
    const before = odd.get('db/record');
    const result = await odd.run('main status --json');
    expect(JSON.parse(result.stdout)).toMatchObject({
      node: 'a"b\\c',
      peer: "o'hara $(x)",
      resources: [{ name: 'disk0', role: 'primary', status: 'complete', dirty: 0 }],
      mounts: [odd.mountpoint],
      lastTransition: null,
      alarms: [],
    });
    expect(odd.calls()).toEqual([]);
    expect(odd.get('db/record')).toBe(before);
    odd.remove();
  });

  test('before the first look and without hastd', async () => {
    node.unset('hastd');
    const result = await verb('status --json');
    expect(result.code).toBe(0);
    expect(JSON.parse(result.stdout)).toMatchObject({
      state: 'down',
      hastd: false,
      fresh: 'unknown',
      epoch: 0,
      resources: [],
    });
  });

  test('a damaged record counts as none', async () => {
    node.set('db/record', 'epoch=12x\nfresh=yes\n\u0000\u0001garbage\nagreed=$(reboot)\n');
    expect(JSON.parse((await verb('status --json')).stdout)).toMatchObject({
      fresh: 'unknown',
      epoch: 0,
      agreedEpoch: 0,
    });
  });
});

test('maintenance is a date in a file, readable after a reboot', async () => {
  node.standby().peerDead();
  expect((await verb('maintenance on 600')).code).toBe(0);
  const until = Number(node.get('db/maintenance'));
  expect(until - Date.now() / 1000).toBeGreaterThan(590);
  expect(until - Date.now() / 1000).toBeLessThan(610);
  expect((await verb('maintenance off')).code).toBe(0);
  expect(existsSync(join(node.dir, 'db/maintenance'))).toBe(false);
});

test('programs in hooks.d and notify get the transition', async () => {
  const hooked = new FakeNode({ notify: '' });
  const program = `#!/bin/sh\necho "$* $HASTCONF_NODE $HASTCONF_EPOCH" >>"${hooked.dir}/hooked"\n`;
  await hooked.run(
    `mkdir -p "$etc/hooks.d"; cat >"$etc/hooks.d/10-log" <<'EOF'\n${program}EOF\nchmod 755 "$etc/hooks.d/10-log"`,
  );
  hooked.standby().peerDead().set('link', '-\n').set('carp', 'MASTER\n');
  await hooked.reconcile('wake');
  await expect.poll(() => hooked.get('hooked')).toContain('transition standby serving peer-dead hasta 6\n');
  hooked.remove();
});

test('the record is written whole and readable to others, the directory holds no leftovers', async () => {
  node.standby().peerDead().set('link', '-\n').set('carp', 'MASTER\n');
  await node.reconcile('wake');
  expect(statSync(join(node.dir, 'db/record')).mode & 0o777).toBe(0o644);
  expect((await node.run('ls "$db" "$run" | grep -E "new|ask|witness|done" | cat')).stdout).toBe('');
});
