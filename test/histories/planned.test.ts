import { expect } from 'vitest';
import { AGENT } from './install.js';
import type { AgentStatus, Pair } from './pair.js';
import { scene } from './scene.js';

const HOOK = `#!/bin/sh
printf '%s|' "$@" "$HASTCONF_CLUSTER" "$HASTCONF_NODE" "$HASTCONF_PEER" "$HASTCONF_EVENT" "$HASTCONF_FROM" "$HASTCONF_TO" "$HASTCONF_REASON" "$HASTCONF_EPOCH" >>/var/log/hooks
echo >>/var/log/hooks
`;
const PLAN = {
  agent: 'notify: /usr/local/sbin/tell',
  programs: {
    '/usr/local/etc/hastconf/hooks.d/10-record': HOOK,
    '/usr/local/sbin/tell': '#!/bin/sh\necho "$*" >>/var/log/notify\n',
  },
};

/** Transitions since a line count of the log. */
const transitions = async (pair: Pair, node: 'hasta' | 'hastb', from: number) =>
  (await pair.log(node)).slice(from).filter((line) => line.includes(' -> ') && !line.includes('copy:'));

scene('planned moves and the operator', PLAN, ['/hast/disk0'], ({ history, fromHasta }) => {
  fromHasta(
    'promote on the standby and back: at most 2 s each, hooks and notify are told (24)',
    async (pair) => {
      await pair.write('hasta');
      const start = pair.now;
      expect(await pair.agent('hastb', 'promote')).toMatchObject({ code: 0, stdout: 'serving\n' });
      pair.note('there', pair.watcher.outage(start));
      expect(pair.watcher.outage(start)).toBeLessThanOrEqual(2);
      expect(await pair.missing('hastb')).toEqual([]);
      await pair.settled('hastb');
      await pair.write('hastb');
      const back = pair.now;
      expect(await pair.agent('hasta', 'promote')).toMatchObject({ code: 0, stdout: 'serving\n' });
      pair.note('back', pair.watcher.outage(back));
      expect(pair.watcher.outage(back)).toBeLessThanOrEqual(2);
      await pair.settled('hasta');
      const { epoch } = (await pair.published('hasta')) as AgentStatus;
      const hooks = await pair.sh('hasta', 'cat /var/log/hooks');
      const line = (from: string, to: string, reason: string, at: number) =>
        `transition|${from}|${to}|${reason}|pair1|hasta|hastb|transition|${from}|${to}|${reason}|${at}|\n`;
      expect(hooks).toContain(line('serving', 'standby', 'requested', epoch - 2));
      expect(hooks).toContain(line('standby', 'serving', 'requested', epoch));
      expect(await pair.sh('hasta', 'cat /var/log/notify')).toContain(
        'transition standby serving requested\n',
      );
    },
  );

  history(
    'demote on the serving node: the peer takes over; demote of a standby is nothing',
    async (pair, a, b) => {
      await pair.write(a);
      expect(await pair.agent(b, 'demote')).toMatchObject({ code: 0, stdout: 'standby\n' });
      const start = pair.now;
      expect(await pair.agent(a, 'demote')).toMatchObject({ code: 0, stdout: 'standby\n' });
      await pair.serves(b, 15);
      pair.note('', pair.watcher.outage(start));
      expect(pair.watcher.outage(start)).toBeLessThanOrEqual(2);
      await pair.settled(b);
    },
  );

  history(
    'orderly shutdown of the serving node: the peer takes over at once; it comes back as standby (20)',
    async (pair, a, b) => {
      await pair.write(a);
      const start = pair.now;
      const down = pair.lab.world.shutdown(a);
      await pair.serves(b, 20);
      await down;
      pair.note('', pair.watcher.outage(start));
      expect(pair.watcher.outage(start)).toBeLessThanOrEqual(3);
      await pair.write(b);
      await pair.alarm(b, 'replication-lost');
      const back = pair.now;
      await pair.lab.world.boot(a);
      await pair.settled(b);
      expect(pair.watcher.outage(back)).toBe(0);
    },
  );

  history('orderly reboot of the standby: nothing is interrupted (19)', async (pair, a, b) => {
    const start = pair.now;
    await pair.fault('reboot', b);
    await pair.write(a);
    await pair.settled(a);
    expect(pair.watcher.outage(start)).toBeLessThanOrEqual(5);
  });

  history(
    'maintenance on the standby: no fail-over until it expires, also across a reboot (21)',
    async (pair, a, b) => {
      expect(await pair.agent(b, 'maintenance on 40')).toMatchObject({ code: 0 });
      const start = pair.now;
      await pair.fault('power-cut', a);
      await pair.pass(20);
      expect(pair.mounted(b)).toBe(false);
      expect(await pair.published(b)).toMatchObject({ state: 'maintenance', reason: 'maintenance' });
      await pair.serves(b, 60);
      expect(pair.watcher.outage(start)).toBeGreaterThan(30);
      expect((await pair.published(b))?.maintenanceUntil).toBe(null);
      await pair.fault('power-on', a);
      await pair.settled(b);
      expect(await pair.agent(a, 'maintenance on 30')).toMatchObject({ code: 0 });
      await pair.fault('reboot', a);
      await pair.says(a, { state: 'maintenance' }, 15);
      await pair.says(a, { state: 'standby', fresh: 'fresh' });
    },
  );

  history('maintenance off ends it early; on the serving node it keeps serving (21)', async (pair, a, b) => {
    const start = pair.now;
    expect((await pair.agent(a, 'maintenance on 600')).code).toBe(0);
    expect(await pair.agent(b, 'promote')).toMatchObject({ code: 0 });
    expect(pair.mounted(b)).toBe(true);
    expect((await pair.agent(a, 'maintenance off')).code).toBe(0);
    await pair.settled(b);
    expect(pair.watcher.outage(start)).toBeLessThanOrEqual(2);
  });

  history('ten events in a row: devd is not held up, they coalesce, nothing moves (17)', async (pair, a) => {
    const [lines, start] = [(await pair.log(a)).length, pair.now];
    const before = pair.machine(a).commandsRun;
    const spent = await pair.sh(
      a,
      `date +%s; for n in 1 2 3 4 5 6 7 8 9 10; do daemon -f ${AGENT} event 1@vtnet1 BACKUP; done; date +%s`,
    );
    const [first = 0, second = 0] = spent.trim().split('\n').map(Number);
    expect(second - first).toBeLessThanOrEqual(1);
    await pair.pass(5);
    await pair.until(
      'all of them ended',
      20,
      async () => (await pair.sh(a, `pgrep -f '${AGENT} (event|locked)' || true`)) === '',
    );
    const alone = pair.machine(a).commandsRun - before;
    expect(await transitions(pair, a, lines)).toEqual([]);
    expect(pair.watcher.outage(start)).toBe(0);
    // One reconciler runs about ten programs; ten of them one after the other would be well over a hundred.
    expect(alone).toBeLessThan(120);
  });

  history('status --json is valid at every moment of a move', async (pair, a, b) => {
    const seen = new Set<string>();
    let over = false;
    const move = pair.agent(b, 'promote').finally(() => {
      over = true;
    });
    while (!over) {
      for (const node of [a, b] as const) {
        const { code, stdout } = await pair.agent(node, 'status --json');
        const said = JSON.parse(stdout) as AgentStatus;
        expect(code).toBe(0);
        expect(Object.keys(said)).toContain('alarms');
        seen.add(said.state);
        await pair.published(node);
      }
    }
    expect((await move).code).toBe(0);
    expect([...seen]).toContain('serving');
    await pair.settled(b);
  });

  history('what the peer’s user may leave in the spool is judged, never believed', async (pair, a, b) => {
    const start = pair.now;
    const [before] = [(await pair.published(a)) as AgentStatus];
    await pair.sh(
      a,
      `cd /var/db/hastconf/spool
ln -s /var/db/hastconf/record insync; ln -s /etc/master.passwd demote; mkdir released; echo x >released/x`,
    );
    await pair.pass(12);
    expect(await pair.sh(a, 'cat /var/db/hastconf/record /etc/master.passwd')).toContain('root:');
    await pair.sh(a, 'cd /var/db/hastconf/spool && rm -rf insync demote released');
    await pair.sh(
      b,
      `cd /var/db/hastconf/spool
head -c 3000000 /dev/zero | tr '\\0' 9 >insync; echo 'rubbish; reboot' >released`,
    );
    await pair.pass(12);
    await pair.sh(
      b,
      `cd /var/db/hastconf/spool; echo 999999999999999 >released; printf '%s' '1 2 3' >insync`,
    );
    await pair.pass(12);
    expect(await pair.published(a)).toMatchObject({ epoch: before.epoch, state: 'serving' });
    expect(await pair.published(b)).toMatchObject({ epoch: before.epoch });
    expect(pair.watcher.outage(start)).toBe(0);
  });

  history(
    'a peer that asks for the storage without being able to take it gets nothing',
    async (pair, a, b) => {
      const start = pair.now;
      await pair.fault('cut-link', 'lan', b);
      expect(await pair.agent(b, 'promote')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('refused'),
      });
      await pair.sh(a, 'echo demote >/var/db/hastconf/spool/demote');
      await pair.pass(15);
      expect(pair.mounted(a)).toBe(true);
      expect(pair.watcher.outage(start)).toBe(0);
      await pair.fault('restore-link', 'lan', b);
    },
  );

  history('a clock that is off, and one that is set, change nothing', async (pair, a, b) => {
    const start = pair.now;
    await pair.fault('clock-skew', b, '300');
    await pair.pass(15);
    await pair.fault('clock-skew', a, '-40');
    await pair.pass(15);
    await pair.settled(a);
    expect(pair.watcher.outage(start)).toBe(0);
    await pair.fault('power-cut', a);
    await pair.serves(b, 10);
    await pair.fault('clock-skew', b, '0');
    await pair.fault('power-on', a);
    await pair.settled(b);
    await pair.fault('clock-skew', a, '0');
    await pair.pass(15);
  });
});
