import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { BEAT, FakeNode, peerSays, type VIEW } from './node.js';

let node: FakeNode;
afterEach(() => node.remove());

function start(view: Partial<typeof VIEW> = {}): FakeNode {
  node = new FakeNode(view);
  return node;
}

const status = () => JSON.parse(node.get('run/status.json'));
const short = (calls: string[]) => calls.map((call) => call.replaceAll(node.dir, ''));

describe('power cut of the primary', () => {
  test('promotes with the reject route, which is there until the peer is heard of', async () => {
    start().standby().peerDead().set('carp', 'MASTER\n').set('link', '-\n');
    expect(await node.reconcile('wake')).toMatchObject({ code: 0, stderr: '' });
    expect(short(node.calls())).toEqual([
      'route -q add -host 10.77.0.2 127.0.0.1 -reject',
      'hastctl role init disk0',
      'hastctl role primary disk0',
      'dd if=/dev/disk0',
      'fsck_ufs -p /dev/disk0',
      'mount /dev/disk0 /hast/disk0',
      'service db onestart',
      'ifconfig vtnet1 vhid 1 advskew 0',
    ]);
    expect(status()).toMatchObject({
      state: 'serving',
      epoch: 6,
      agreedEpoch: 5,
      fresh: 'fresh',
      peerState: 'dead',
    });
    expect(status().lastTransition).toMatchObject({ from: 'standby', to: 'serving', reason: 'peer-dead' });
    expect(node.get('log')).toMatch(/^standby -> serving: peer-dead, \d+ s, epoch 6$/m);
    const routes = () => node.calls().filter((call) => call.startsWith('route -q delete')).length;
    await node.reconcile();
    expect(routes()).toBe(0);
    await node.peer({ state: 'down', roles: 'all-init', ready: 'no' }).reconcile();
    expect([routes(), existsSync(join(node.dir, 'run/rejected'))]).toEqual([1, false]);
  });

  test.each([
    ['forty seconds', 120, 40],
    ['half of bootWait', 30, 15],
  ])('the route stays %s at most', async (_name, bootWait, seconds) => {
    start({ bootWait }).standby().peerDead().set('carp', 'MASTER\n').set('link', '-\n');
    await node.reconcile('wake');
    await node.set('run/beat', `${BEAT + seconds - 1}\n`).reconcile();
    expect(existsSync(join(node.dir, 'run/rejected'))).toBe(true);
    await node.set('run/beat', `${BEAT + seconds}\n`).reconcile();
    expect(existsSync(join(node.dir, 'run/rejected'))).toBe(false);
  });

  test.each([
    ['its agent says so', { state: 'serving', roles: 'all-primary', mounts: 'all', carp: 'MASTER' }, ''],
    ['it advertises', {}, 'BACKUP\n'],
  ])(
    'a primary that was frozen is back before the first write, %s: called off',
    async (_name, words, carp) => {
      start().standby().peerDead().set('carp', 'MASTER\n').set('link', '-\n');
      for (const address of ['10.77.0.2', '192.168.50.12']) node.set(`woken.${address}`, peerSays(words));
      const wakes = `rehearse() {
  for at in 10.77.0.2 192.168.50.12; do mv "$FAKE/woken.$at" "$FAKE/peer.$at"; : >"$FAKE/ping.$at"; done
  [ -z "${carp.trim()}" ] || echo ${carp.trim()} >"$FAKE/carp"
}`;
      await node.run(`load_config\n${wakes}\nverb_locked wake`);
      expect(node.calls().filter((call) => /fsck|mount/.test(call))).toEqual([]);
      expect(node.get('role.disk0')).toBe('secondary\n');
      expect(status()).toMatchObject({ lastTransition: { reason: 'failed-claimed' }, epoch: 5 });
      expect(status().alarms).not.toContain('promote-failed');
      expect(existsSync(join(node.dir, 'run/rejected'))).toBe(false);
    },
  );

  test('a peer that answers pings is not dead', async () => {
    start().standby().peerDead().set('carp', 'MASTER\n').set('ping.192.168.50.12', '');
    await node.reconcile('wake');
    expect(node.calls()).toEqual(['ifconfig vtnet1 vhid 1 advskew 240']);
    expect(status()).toMatchObject({
      state: 'standby',
      reason: 'peer-silent',
      peerEvidence: { agent: false, replication: false, lan: true },
      alarms: ['peer-silent'],
    });
  });

  test('fencing makes it dead', async () => {
    start({ fence: '/bin/true' }).standby().peerDead().set('carp', 'MASTER\n').set('ping.192.168.50.12', '');
    for (const beat of [BEAT, BEAT + 2, BEAT + 6]) {
      expect(node.get('mounts')).toBe('');
      await node.set('run/beat', `${beat}\n`).reconcile('wake');
    }
    expect(status()).toMatchObject({ state: 'serving', lastTransition: { reason: 'peer-dead' } });
    expect(node.get('log')).toContain('fenced hastb');
  });

  test.each(['gone yes', 'state demoting'])('one that said "%s" is not fenced', async (word) => {
    start({ fence: '/bin/true' }).standby().peerDead().set('carp', 'MASTER\n').set('ping.192.168.50.12', '');
    node.set('run/heard.lan', `answer b1\n${word}\nend b1\n`);
    for (const beat of [BEAT, BEAT + 2, BEAT + 6, BEAT + 8])
      await node.set('run/beat', `${beat}\n`).reconcile('wake');
    expect(node.get('log')).not.toContain('fenced');
  });

  test('the address was back within the settle time: nothing happens', async () => {
    start({ settle: 2 }).standby().peerDead().set('carp', 'MASTER\n').set('link', '-\n');
    const flap = 'sleep() { [ "$1" = 2 ] || return 0; echo BACKUP >"$FAKE/carp"; }';
    await node.run(`load_config\n${flap}\nverb_locked wake`);
    expect(node.calls()).toEqual([]);
    expect(status().state).toBe('standby');
  });

  test('fsck -y is the second try, never the first', async () => {
    start().standby().peerDead().set('carp', 'MASTER\n').set('fail.fsck-p', '');
    await node.reconcile('wake');
    expect(short(node.calls()).filter((call) => call.startsWith('fsck'))).toEqual([
      'fsck_ufs -p /dev/disk0',
      'fsck_ufs -y /dev/disk0',
    ]);
    expect(status().state).toBe('serving');
  });

  test('the marker of a route that a killed agent left is acted on first', async () => {
    start().standby().peer({ state: 'serving', roles: 'all-primary', mounts: 'all', carp: 'MASTER' });
    await node.set('run/rejected', '').reconcile();
    expect(node.calls()[0]).toBe('route -q delete -host 10.77.0.2');
    expect(existsSync(join(node.dir, 'run/rejected'))).toBe(false);
    // A route(8) of the killed one may have ended after that.
    const deletions = async () => {
      await node.reconcile();
      return node.calls().filter((call) => call.startsWith('route -q delete')).length;
    };
    expect([await deletions(), await deletions()]).toEqual([2, 2]);
  });

  test('killed in the middle, it removes the route on the way out', async () => {
    start().standby().peerDead().set('carp', 'MASTER\n').set('link', '-\n');
    await node.run('load_config\nbecome_primary() { kill -TERM $$; sleep 1; return 0; }\nverb_locked wake');
    expect(node.calls().at(-1)).toBe('route -q delete -host 10.77.0.2');
    expect(existsSync(join(node.dir, 'run/rejected'))).toBe(false);
  });
});

describe('CARP falls silent while the standby asks its peer', () => {
  const silence = 'echo MASTER >"$FAKE/carp"; : >"$run/wanted"';
  const beside = (script: string) => {
    start().standby().peerDead().set('link', '-\n');
    const noted = 'block_peer() { echo promotes >>"$FAKE/asked"; }';
    return node.run(`load_config\n${noted}\n${script}\nverb_locked tick`);
  };

  test('probes without an answer go on to count', async () => {
    await beside(`ping_twice() { echo asked >>"$FAKE/asked"; ${silence}; return 2; }`);
    expect(node.get('asked')).toMatch(/^(asked\n){2}promotes/);
    expect(status()).toMatchObject({ state: 'serving', lastTransition: { reason: 'peer-dead' } });
  });

  test('a peer found dead just before is not asked again', async () => {
    await beside(`ping_twice() { echo asked >>"$FAKE/asked"; return 2; }
set_skew() { [ -e "$FAKE/once" ] || { : >"$FAKE/once"; ${silence}; }; }`);
    expect(node.get('asked')).toMatch(/^(asked\n){2}promotes/);
    expect(status()).toMatchObject({ state: 'serving', lastTransition: { reason: 'peer-dead' } });
  });

  test('what had answered before is asked again', async () => {
    await beside(`is_open() { :; }
send() { :; }
ping_twice() { [ ! -e "$FAKE/silent" ] || { echo asked >>"$FAKE/asked"; return 2; }; echo asked >>"$FAKE/asked"; }
sleep() {
  [ "\${ap_alive:-no}" = no ] || [ -e "$FAKE/silent" ] || { : >"$FAKE/silent"; ${silence}; }
  sleep-for-real 0.01
}`);
    expect(node.get('asked')).toMatch(/^(asked\n){4}promotes/);
    expect(status()).toMatchObject({ state: 'serving', lastTransition: { reason: 'peer-dead' } });
  });

  test('without a witness it stays where it is', async () => {
    start({ witness: ['192.168.50.1'] })
      .standby()
      .peerDead()
      .set('link', '-\n');
    await node.run(`load_config\nping_twice() { ${silence}; return 2; }\nverb_locked tick`);
    expect(status()).toMatchObject({ state: 'standby', reason: 'isolated' });
  });
});

describe('a promotion that fails', () => {
  // Once fsck has changed something, this copy differs from the dead peer's: its epoch stays.
  const failures: [string, string, string, string, string][] = [
    ['no device', 'no-device.disk0', 'failed-role', '5', 'secondary'],
    ['fsck', 'fail.fsck-p', 'failed-disk0', '5', 'secondary'],
    ['mount', 'fail.mount', 'failed-disk0', '6', 'init'],
  ];
  test.each(failures)('%s: undone, address given up', async (_name, fault, reason, epoch, role) => {
    start()
      .standby()
      .peerDead()
      .set('carp', 'MASTER\n')
      .set('link', '-\n')
      .set(fault, '')
      .set('fail.fsck-y', '');
    await node.reconcile('wake');
    expect(node.get('role.disk0')).toBe(`${role}\n`);
    expect(node.get('skew')).toBe('240\n');
    expect(node.get('mounts')).toBe('');
    expect([node.recorded('epoch'), node.recorded('agreed')]).toEqual([epoch, '5']);
    expect(status()).toMatchObject({
      lastTransition: { reason },
      alarms: expect.arrayContaining(['promote-failed']),
    });
    const tries = node.calls().filter((call) => call === 'hastctl role primary disk0').length;
    await node.reconcile('wake');
    expect(node.calls().filter((call) => call === 'hastctl role primary disk0')).toHaveLength(tries);
    expect(status().reason).toBe('hold');
  });

  test('nothing was written: the next try is as good as the first, and the peer may serve as well', async () => {
    start().standby().peerDead().set('carp', 'MASTER\n').set('link', '-\n');
    await node.set('fail.fsck-p', '').set('fail.fsck-y', '').reconcile('wake');
    expect([node.recorded('epoch'), node.recorded('agreed'), node.recorded('fresh')]).toEqual([
      '5',
      '5',
      'fresh',
    ]);
    await node.unset('fail.fsck-p', 'fail.fsck-y', 'run/hold').reconcile();
    expect(status()).toMatchObject({ state: 'serving', epoch: 6, agreedEpoch: 5 });
  });

  test('other workers than at the beginning prove nothing: the epoch stays', async () => {
    start().standby().peerDead().set('carp', 'MASTER\n').set('link', '-\n');
    node.set('fail.fsck-p', '').set('fail.fsck-y', '');
    await node.run('load_config\nattach() { pm_workers=" disk0=1"; return 1; }\nverb_locked wake');
    expect([node.recorded('epoch'), node.recorded('agreed')]).toEqual(['6', '5']);
    expect(node.get('log')).toMatch(/the copy was changed without the peer: epoch 6 stays/);
  });

  test('a mount point that cannot be made is found before fsck changes anything', async () => {
    start().standby().peerDead().set('carp', 'MASTER\n').set('link', '-\n').set('hast', 'in the way');
    await node.reconcile('wake');
    expect(node.calls().filter((call) => call.startsWith('fsck'))).toEqual([]);
    expect([node.get('role.disk0'), node.recorded('epoch')]).toEqual(['secondary\n', '5']);
  });

  test('a promotion that was cut off goes on at the epoch that the peer may have been told already', async () => {
    start().standby().peer({}).set('role.disk0', 'primary\n').set('link', 'complete\n').set('dev/disk0', '');
    await node.set('carp', 'MASTER\n').set('run/raised', '5 disk0=810\n').reconcile();
    expect(status()).toMatchObject({
      state: 'serving',
      epoch: 5,
      lastTransition: { reason: 'half-promoted' },
    });
    expect(existsSync(join(node.dir, 'run/raised'))).toBe(false);
  });

  test('a stale primary that hangs on the first read does not hang the agent', async () => {
    start().standby().peerDead().set('carp', 'MASTER\n').set('link', '-\n').set('hang.dd', '');
    await node.reconcile('wake');
    expect(node.get('role.disk0')).toBe('secondary\n');
    expect(status().lastTransition.reason).toBe('failed-read');
  });
});

describe('both nodes boot', () => {
  test('secondary first, then the preferred one serves', async () => {
    start().record({}).peer({ state: 'down', roles: 'all-init', ready: 'no' });
    await node.run('load_config\nlook; keep_books; look_phase; look_request; name_state; think tick; act');
    expect(node.calls()).toEqual(['hastctl role secondary disk0']);
    node.peer({});
    await node.reconcile();
    expect(status()).toMatchObject({
      state: 'serving',
      epoch: 6,
      lastTransition: { reason: 'boot-preferred' },
    });
    expect(node.calls()).not.toContain('route -q add -host 10.77.0.2 127.0.0.1 -reject');
  });

  test('the other one stays secondary and does not take the address', async () => {
    start({ preferred: 0 }).record({}).peer({}).set('carp', 'MASTER\n');
    await node.reconcile();
    expect(node.calls()).toEqual(['hastctl role secondary disk0']);
    expect(status()).toMatchObject({ state: 'standby', reason: 'boot-peer-first', carp: { advskew: 240 } });
  });

  test('alone: waits for the peer, then goes on only with the last data', async () => {
    start().record({ epoch: 6 }).peerDead().set('carp', 'MASTER\n');
    await node.reconcile();
    expect(status()).toMatchObject({ state: 'down', reason: 'waiting-peer' });
    await node.set('run/since', `${BEAT - 200}\n`).reconcile();
    expect(status()).toMatchObject({ state: 'serving', epoch: 7, lastTransition: { reason: 'alone' } });
  });

  test('alone with a copy that may not be the last: stays down and says so', async () => {
    start()
      .record({})
      .peerDead()
      .set('carp', 'MASTER\n')
      .set('run/since', `${BEAT - 200}\n`);
    await node.reconcile();
    expect(status()).toMatchObject({
      state: 'down',
      reason: 'last-data-unknown',
      alarms: ['last-data-unknown'],
    });
    expect(node.calls()).toEqual([]);
  });

  test('hastd is not up yet', async () => {
    start().record({}).peerDead().unset('hastd').set('carp', 'MASTER\n');
    await node.reconcile('wake');
    expect(node.calls()).toEqual([]);
    expect(status()).toMatchObject({ state: 'down', hastd: false, reason: 'hastd-down' });
  });

  test('first set-up: takes over what hastconf has made primary, counts epoch 1, tells the peer', async () => {
    start().set('role.disk0', 'primary\n').set('link', 'complete\n').set('dev/disk0', '');
    node.peer({ state: 'standby', fresh: 'unknown', epoch: 0, agreed: 0, ready: 'no' });
    await node.reconcile();
    expect(status()).toMatchObject({
      state: 'serving',
      epoch: 1,
      agreedEpoch: 1,
      fresh: 'fresh',
      carp: { advskew: 0 },
    });
    expect(node.calls()).toContain('tell insync 1 -');
  });
});

describe('freshness', () => {
  test('the primary that loses its secondary starts a new epoch and takes its word back', async () => {
    start().serving().peerDead().set('link', '-\n');
    await node.reconcile('wake');
    expect([node.recorded('epoch'), node.recorded('agreed')]).toEqual(['6', '5']);
    await node.reconcile('wake');
    expect(node.recorded('epoch')).toBe('6');
  });

  test('a short loss that nobody saw in the state counts as well', async () => {
    start().serving().peer({});
    await node.set('db/lone', '').reconcile('wake');
    expect([node.recorded('epoch'), node.recorded('agreed')]).toEqual(['6', '6']);
    expect(node.calls()).toContain('tell insync 6 -');
  });

  test('the word of the primary makes a connected secondary fresh', async () => {
    start()
      .standby()
      .record({ fresh: 'stale' })
      .peer({ state: 'serving', roles: 'all-primary', mounts: 'all', epoch: 6, agreed: 6, carp: 'MASTER' });
    node.set('db/spool/insync', '6 -\n').set('skew', '240\n');
    await node.reconcile('wake');
    expect([node.recorded('fresh'), node.recorded('epoch'), node.recorded('agreed')]).toEqual([
      'fresh',
      '6',
      '6',
    ]);
    expect(node.get('skew')).toBe('20\n');
  });

  test('it does not while the connection is down, nor for an older epoch', async () => {
    start().standby().record({ fresh: 'stale' }).peerDead();
    await node.set('link', '-\n').set('db/spool/insync', '6 -\n').reconcile('wake');
    expect(node.recorded('fresh')).toBe('stale');
    await node.set('link', 'complete\n').set('db/spool/insync', '4 -\n').reconcile('wake');
    expect(node.recorded('fresh')).toBe('stale');
  });

  test.each([
    ['taken back', 'db/spool/insync', '0 -\n'],
    ['connected anew', 'run/hook.connect', ''],
  ])('a secondary becomes stale: %s', async (_name, file, content) => {
    start().standby().peer({ state: 'serving', roles: 'all-primary', mounts: 'all', carp: 'MASTER' });
    await node.set(file, content).reconcile('wake');
    expect(node.recorded('fresh')).toBe('stale');
    expect(node.get('skew')).toBe('240\n');
  });

  test('a word from before the connection says nothing of what is copied now', async () => {
    start().standby().peer({ state: 'serving', roles: 'all-primary', mounts: 'all', carp: 'MASTER' });
    await node
      .set('db/spool/insync', '5 7.1\n')
      .set('run/meeting', '9.2\n')
      .set('run/hook.connect', '')
      .reconcile('wake');
    expect(node.recorded('fresh')).toBe('stale');
    await node.set('db/spool/insync', '5 9.2\n').reconcile('wake');
    expect(node.recorded('fresh')).toBe('fresh');
  });

  test('replication lost while the address is still advertised: stale, but not at once', async () => {
    start()
      .standby()
      .peer({ state: 'serving', roles: 'all-primary', mounts: 'all', carp: 'MASTER' })
      .set('link', '-\n');
    await node.reconcile('wake');
    expect(node.recorded('fresh')).toBe('fresh');
    await node.set('run/lost', `${BEAT - 8}\n`).reconcile('wake');
    expect(node.recorded('fresh')).toBe('unknown');
  });

  test('replication lost together with the address: fresh', async () => {
    start().standby().peerDead().set('link', '-\n').set('carp', 'MASTER\n');
    await node.set('run/lost', `${BEAT - 8}\n`).reconcile('wake');
    expect(status()).toMatchObject({ state: 'serving', fresh: 'fresh' });
  });

  test.each([
    ['who cannot be told', () => node.peerDead(), true],
    ['who has been told', () => node.peer({}), false],
  ])('a secondary %s that it is equal: the primary looks again soon', async (_what, prepare, soon) => {
    start().serving();
    prepare();
    await node.reconcile();
    expect(existsSync(join(node.dir, 'run/soon'))).toBe(soon);
  });

  test.each([
    ['insync', '08 -'],
    ['equal', '05 06'],
    ['released', '09 08'],
  ])('a number that arithmetic would trip over is none: %s %s', async (word, text) => {
    start().standby().peer({ state: 'serving', roles: 'all-primary', mounts: 'all', carp: 'MASTER' });
    node.set(`db/spool/${word}`, `${text}\n`);
    expect(await node.reconcile('wake')).toMatchObject({ code: 0, stderr: '' });
    expect([node.recorded('epoch'), node.recorded('fresh')]).toEqual(['5', 'fresh']);
  });

  test('a fifo or a link in the spool is not read', async () => {
    start().standby().record({ fresh: 'stale' }).peerDead();
    await node.run('mkfifo "$FAKE/db/spool/insync"; ln -s "$FAKE/db/record" "$FAKE/db/spool/demote"');
    expect((await node.reconcile('wake')).code).toBe(0);
    expect(node.recorded('fresh')).toBe('stale');
    expect(node.get('log')).not.toContain('asks for the storage');
  });
});

describe('what comes in while the peer is asked counts before a promotion', () => {
  const during = (script: string, ask: string) =>
    node.run(`load_config\nlook_connected() { o_connected=yes; ${script}; }\n${ask}\nverb_locked wake`);

  test.each([
    ['it was connected anew', ': >"$run/hook.connect"'],
    ['its word is taken back', 'echo 0 - >"$db/spool/insync"'],
    ['the peer has gone down with data of its own', 'echo 6 5 >"$db/spool/released"'],
  ])('%s', async (_what, news) => {
    start().standby().peerDead().set('carp', 'MASTER\n').set('link', '-\n');
    await during(`[ -e "$FAKE/once" ] || { : >"$FAKE/once"; ${news}; }`, '');
    expect(node.calls()).not.toContain('hastctl role primary disk0');
    expect(status()).toMatchObject({ state: 'standby', fresh: 'stale' });
  });

  test('the peer says so itself, when it is asked a second time', async () => {
    start().standby().peer({}).set('carp', 'MASTER\n').set('link', '-\n');
    const later = `${peerSays({ epoch: 6, agreed: 5 })}`;
    node.set('later', later);
    await node.run(`load_config
begin_transition() { t_from=standby t_start=0; for a in 10.77.0.2 192.168.50.12; do cp "$FAKE/later" "$FAKE/peer.$a"; done; }
verb_locked wake`);
    expect(node.calls()).not.toContain('hastctl role primary disk0');
    expect(status()).toMatchObject({ state: 'standby', fresh: 'stale' });
  });
});

describe('planned moves', () => {
  test('the standby asks for the storage and takes it once it is free', async () => {
    start().standby().peer({ state: 'serving', roles: 'all-primary', mounts: 'all', carp: 'MASTER' });
    node.set('peer-demoted', peerSays({ ready: 'no' }));
    const result = await node.run('load_config\nverb_request promote');
    expect(result).toMatchObject({ code: 0, stdout: 'serving\n' });
    expect(short(node.calls())[0]).toBe('tell demote');
    expect(status()).toMatchObject({ state: 'serving', epoch: 6, lastTransition: { reason: 'requested' } });
  });

  test('the serving side lets go in order: address, services, storage, role', async () => {
    start().serving().peer({}).set('running.db', '').set('db/spool/demote', 'demote\n');
    await node.reconcile('wake');
    expect(short(node.calls()).filter((call) => !call.startsWith('tell'))).toEqual([
      'ifconfig vtnet1 vhid 1 advskew 240',
      'service db onestop',
      'umount /hast/disk0',
      'hastctl role secondary disk0',
    ]);
    expect(status()).toMatchObject({
      state: 'standby',
      reason: 'hold',
      lastTransition: { from: 'serving', reason: 'requested' },
    });
  });

  test('it refuses a peer that is not ready', async () => {
    start().serving().peer({ fresh: 'stale', ready: 'no' });
    const result = await node.run('load_config\nverb_request demote');
    expect(result).toMatchObject({ code: 1, stderr: 'carp-hast-switch: refused: peer-not-ready\n' });
    expect(node.get('mounts')).not.toBe('');
  });

  test('a request that comes in while another look ends is not lost', async () => {
    start().serving().peer({});
    await node.run(
      'load_config\ncheck_alarms() { :; }\nact() { echo demote >"$run/request"; return 1; }\nverb_locked tick',
    );
    expect(node.get('run/request')).toBe('demote\n');
  });

  test('force does not take from a peer that serves newer data', async () => {
    start()
      .standby()
      .record({ fresh: 'stale' })
      .peer({ state: 'serving', roles: 'all-primary', mounts: 'all', epoch: 7, agreed: 7, carp: 'MASTER' });
    const result = await node.run('load_config\nverb_request force');
    expect(result).toMatchObject({ code: 1, stderr: 'carp-hast-switch: refused: not-fresh\n' });
    expect(node.calls()).not.toContain('hastctl role primary disk0');
  });
});

test('two nodes that are forced alike never count to the same number', async () => {
  start().record({ epoch: 5, agreed: 5, peer_epoch: 6 });
  const { stdout } = await node.run(
    'load_config; look; reason=forced; for preferred in 1 0; do r_epoch=5; raise_epoch; echo "$r_epoch"; done',
  );
  expect(stdout).toBe('8\n108\n');
});

describe('demotion fails closed', () => {
  test('busy: asks, terminates, kills, then unmounts by force', async () => {
    start().serving().peer({}).set('busy', '').set('db/spool/demote', 'demote\n');
    await node.reconcile('wake');
    expect(short(node.calls()).filter((call) => /umount|fuser/.test(call))).toEqual([
      'umount /hast/disk0',
      'fuser -k -c -s TERM /hast/disk0',
      ...Array(5).fill('umount /hast/disk0'),
      'fuser -k -c -s KILL /hast/disk0',
      'umount -f /hast/disk0',
    ]);
    expect(node.get('role.disk0')).toBe('secondary\n');
  });

  test.each([
    ['reboot', true],
    ['alert', false],
  ])('still mounted: the role stays; %s', async (onDemoteFailure, reboots) => {
    // Both went on alone: this one is without the address and gives way.
    start({ onDemoteFailure }).serving().set('link', '-\n').set('carp', 'BACKUP\n');
    node.peer({ state: 'serving', roles: 'all-primary', mounts: 'all', epoch: 6, carp: 'MASTER' });
    await node.set('busy', '').set('fail.umount-f', '').reconcile('wake');
    expect(node.get('role.disk0')).toBe('primary\n');
    expect(node.calls().includes('reboot -n -q')).toBe(reboots);
    expect(node.get('log')).toContain('demote-failed');
    expect(node.recorded('reason') === 'demote-failed').toBe(reboots);
  });

  test.each([
    ['a mount that stays', () => node.set('busy', '').set('fail.umount-f', '')],
    ['a user of the device that GEOM counts', () => node.set('mode.disk0', 'r1w1e0\n')],
    ['no answer from GEOM', () => node.set('fail.confxml', '')],
    ['dirty bytes that do not become less', () => node.set('dirty', '4194304')],
  ])(
    'a move that was asked for is called off and costs nothing: %s',
    async (_name, prepare) => {
      start().serving().peer({}).set('db/spool/demote', 'demote\n');
      prepare();
      await node.reconcile('wake');
      expect(node.get('role.disk0')).toBe('primary\n');
      expect(node.get('mounts')).toContain('/dev/hast/disk0');
      expect([node.get('skew'), existsSync(join(node.dir, 'running.db'))]).toEqual(['0\n', true]);
      expect(node.calls()).not.toContain('reboot -n -q');
      expect(status()).toMatchObject({ state: 'serving', lastTransition: { reason: 'called-off' } });
      expect(existsSync(join(node.dir, 'run/request'))).toBe(false);
    },
    120_000,
  );

  test('at a shutdown the peer is told that it has not got everything', async () => {
    start().serving().peer({}).set('dirty', '4194304');
    expect((await node.run('main stop')).code).toBe(0);
    expect(node.calls()).toContain('tell released 6 5');
    expect([node.get('role.disk0'), node.recorded('epoch')]).toEqual(['init\n', '6']);
  }, 120_000);

  test('a second mount of the device goes as well', async () => {
    start().serving().peer({}).set('db/spool/demote', 'demote\n');
    node.set('mounts', `${node.get('mounts')}/dev/hast/disk0\t\t/mnt\t\tufs\tro\t\t0 0\n`);
    await node.reconcile('wake');
    expect(short(node.calls()).filter((call) => call.startsWith('umount'))).toEqual([
      'umount /mnt',
      'umount /hast/disk0',
    ]);
    expect(node.get('role.disk0')).toBe('secondary\n');
  });
});

test('without an answer from mount(8) nothing is done, and said', async () => {
  start().serving().peer({}).set('run/attached', '');
  await node.run('load_config\nmount() { return 1; }\nlimit() { shift; "$@"; }\nverb_locked tick');
  expect(node.calls().filter((call) => !call.startsWith('ssh'))).toEqual([]);
  expect(status()).toMatchObject({ reason: 'storage-unknown', alarms: ['storage-unknown'] });
});

test('a command that no signal ends keeps a promotion from beginning', async () => {
  start().standby().peerDead().set('carp', 'MASTER\n').set('link', '-\n');
  await node.run('load_config\nhas_stuck() { :; }\nverb_locked wake');
  expect(node.calls()).not.toContain('hastctl role init disk0');
  expect(status().alarms).toContain('storage-hangs');
});

test('a stop interrupts a promotion that takes long', async () => {
  start().standby().peerDead().set('carp', 'MASTER\n').set('link', '-\n').set('hang.dd', '');
  const script = `load_config
sleep() { command sleep-for-real 1; }
( while [ ! -e "$run/reconciler" ] || ! grep -q '^dd' "$FAKE/calls"; do sleep-for-real 0.1; done
  first_line "$run/reconciler"; kill -USR2 "$line" ) &
verb_locked wake`;
  await node.run(script);
  expect(status().lastTransition.reason).toBe('failed-read');
  expect(node.get('role.disk0')).toBe('secondary\n');
});

describe('a primary that has lost its secondary', () => {
  const WOKEN = { state: 'serving', roles: 'all-primary', mounts: 'all', carp: 'MASTER', epoch: 6 };
  const lose = () => node.set('run/armed', '').set('run/halted.disk0', '0').run('main disconnect disk0');
  const lone = () => existsSync(join(node.dir, 'db/lone')) || node.recorded('epoch') === '6';

  test('with a peer that is no primary, goes on alone when that has been told', async () => {
    await start().serving().peer({}).set('link', '-\n');
    await lose();
    const calls = node.calls();
    const go = calls.indexOf('pkill -CONT -f ^hastd: disk0 \\(primary\\)');
    expect(calls.indexOf('tell insync 0 -')).toBeLessThan(go);
    expect([lone(), existsSync(join(node.dir, 'run/halted.disk0'))]).toEqual([true, false]);
    expect(node.get('role.disk0')).toBe('primary\n');
  });

  test('with a peer that has taken over, writes nothing alone', async () => {
    start().serving().peer(WOKEN).set('link', '-\n');
    await lose();
    const calls = short(node.calls());
    expect(calls.find((call) => /^(pkill|hastctl|tell)/.test(call))).toMatch(/^pkill -KILL/);
    expect(calls.indexOf('hastctl role init disk0')).toBeLessThan(calls.indexOf('umount /hast/disk0'));
    expect(calls).not.toContain('tell insync 0 -');
    // A copy that is behind, and returns.
    expect([node.get('role.disk0'), lone()]).toEqual(['secondary\n', false]);
  });

  test.each([
    ['and no witness: gives up', '', 'init\n'],
    ['and a witness: goes on', 'ping.192.168.50.1', 'primary\n'],
  ])('with nothing of the peer %s', async (_name, answers, role) => {
    start({ witness: ['192.168.50.1'] })
      .serving()
      .peerDead()
      .set('link', '-\n');
    if (answers !== '') node.set(answers, '');
    await lose();
    expect([node.get('role.disk0'), lone()]).toEqual([role, role === 'primary\n']);
  });

  test('a hook that was killed: the loop lets the worker go', async () => {
    start().serving().set('run/halted.disk0', '0');
    await node.run('load_config; for i in 1 2 3; do let_go_overdue 2; done');
    expect(node.calls()).toEqual(['pkill -CONT -f ^hastd: disk0 \\(primary\\)']);
    expect(existsSync(join(node.dir, 'run/halted.disk0'))).toBe(false);
  });

  test('a frozen one wakes, has been overtaken, and drops its devices before anything else', async () => {
    start().serving().peer(WOKEN);
    node.set('run/heard.lan', `answer b${BEAT}\n${peerSays(WOKEN)}end b${BEAT}\n`);
    await node.reconcile('wake');
    expect(
      short(node.calls())
        .filter((call) => !call.startsWith('tell'))
        .slice(0, 2),
    ).toEqual(['hastctl role init disk0', 'ifconfig vtnet1 vhid 1 advskew 240']);
    expect(node.get('log')).toContain('serving -> down: two-primaries');
    expect(status()).toMatchObject({ lastTransition: { reason: 'returning' }, epoch: 5, agreedEpoch: 5 });
  });
});

test('under steady writes a copy that was complete once on this connection is in sync', async () => {
  start().serving().peer({ fresh: 'stale' }).set('dirty', '4194304');
  await node.set('run/copying.disk0', '').reconcile();
  expect(node.calls()).not.toContain('tell insync 5 -');
  await node.run('main hook syncdone disk0');
  await node.reconcile('wake');
  expect(node.calls()).toContain('tell insync 5 -');
  await node.run('main hook connect disk0');
  expect((await node.run('load_config; look_hast; echo "$o_link"')).stdout).toBe('syncing\n');
});

test.each([
  ['1 1', 'init\n', ['split-brain']],
  ['0 1', 'secondary\n', []],
])('hastd’s own counters, %s here: %s', async (counters, role, alarms) => {
  start().record({}).set('counters.disk0', `${counters}\n`);
  node.peer({
    state: 'serving',
    roles: 'all-primary',
    mounts: 'all',
    carp: 'MASTER',
    epoch: 6,
    counters: 'disk0=1/0',
  });
  await node.reconcile();
  expect(node.get('role.disk0')).toBe(role);
  expect(status().alarms).toEqual(expect.arrayContaining(alarms));
});

test('preferred or not, after a boot nobody promotes over the LAN alone while the replication link is down', async () => {
  start().record({ role: 'secondary' }).set('role.disk0', 'secondary\n').peer({});
  node.unset('peer.10.77.0.2', 'ping.10.77.0.2');
  await node.reconcile();
  expect([node.get('role.disk0'), status().reason]).toEqual(['secondary\n', 'standby']);
});

describe('isolation, split-brain, maintenance', () => {
  test('a primary without witness and peer steps down', async () => {
    start({ witness: ['192.168.50.1'] })
      .serving()
      .peerDead()
      .set('link', '-\n');
    await node.reconcile();
    expect(status()).toMatchObject({ lastTransition: { from: 'serving', reason: 'isolated' } });
    expect(node.get('role.disk0')).toBe('init\n');
  });

  test('what it wrote alone before that, if only by the unmount, counts as an epoch', async () => {
    start({ witness: ['192.168.50.1'] })
      .serving()
      .peerDead();
    // The connection is lost while it steps down, after the only look that could have told.
    const late = 'umount() { echo disk0 >"$db/lone"; command umount "$@"; }\nbounded() { shift; "$@"; }';
    await node.run(`load_config\n${late}\nverb_locked tick`);
    expect(status().lastTransition.reason).toBe('isolated');
    expect([node.recorded('epoch'), node.recorded('agreed')]).toEqual(['6', '5']);
  });

  test('making way ends when the peer serves', async () => {
    start().standby().peer({ state: 'serving', roles: 'all-primary', mounts: 'all', carp: 'MASTER' });
    await node.set('run/hold', `${BEAT + 30}\n`).reconcile();
    expect(existsSync(join(node.dir, 'run/hold'))).toBe(false);
  });

  test('with a witness it goes on', async () => {
    start({ witness: ['192.168.50.1'] })
      .serving()
      .peerDead()
      .set('link', '-\n')
      .set('ping.192.168.50.1', '');
    await node.reconcile();
    expect(status().state).toBe('serving');
  });

  test('a node that comes back to a peer that went on as well is not made secondary', async () => {
    start()
      .record({ epoch: 6 })
      .peer({ state: 'serving', roles: 'all-primary', mounts: 'all', epoch: 7, agreed: 5, carp: 'MASTER' });
    await node.reconcile();
    expect(node.calls()).toEqual([]);
    expect(status()).toMatchObject({ state: 'split-brain', reason: 'split-brain', alarms: ['split-brain'] });
    expect(node.get('role.disk0')).toBe('init\n');
  });

  test('two serving nodes meet: the one without the address lets go, into init', async () => {
    start().serving().record({ epoch: 6 }).set('link', '-\n').set('carp', 'BACKUP\n');
    node.peer({ state: 'serving', roles: 'all-primary', mounts: 'all', epoch: 6, agreed: 5, carp: 'MASTER' });
    await node.reconcile();
    expect(node.get('mounts')).toBe('');
    expect(node.get('role.disk0')).toBe('init\n');
    expect(status().state).toBe('split-brain');
  });

  test('maintenance holds a fail-over back and expires', async () => {
    start().standby().peerDead().set('carp', 'MASTER\n').set('link', '-\n');
    node.set('db/maintenance', `${Math.floor(Date.now() / 1000) + 60}\n`);
    await node.reconcile();
    expect(status()).toMatchObject({ state: 'maintenance', reason: 'maintenance' });
    await node.set('db/maintenance', '1000000000\n').reconcile();
    expect(status().state).toBe('serving');
    expect(existsSync(join(node.dir, 'db/maintenance'))).toBe(false);
  });
});
