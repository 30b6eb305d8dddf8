import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Bench, expectClear } from './bench.js';

/** With `short`, no command may take longer than 2.5 s, in place of its minute or ten. */
const patience = vi.hoisted(() => ({ short: false }));

vi.mock('../../src/remote/limits.js', async (original) => {
  const real = await original<typeof import('../../src/remote/limits.js')>();
  const limited: typeof real.limited = (node, label, options, work, kill) =>
    real.limited(node, label, patience.short ? { ...options, timeoutMs: 2500 } : options, work, kill);
  return { ...real, limited };
});

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start();
});
afterAll(() => bench.stop());

const at = (node: string, name: string, fault = 'fail-command') => ({
  begin: () => bench.lab.fault(fault, [node, name]),
  end: () => bench.lab.fault('heal-command', [node, name]),
});

describe('a command fails on a node: the next run goes on from there', () => {
  it.each([
    ['hasta/directories/user', 'pw', 'Add user hastpeer'],
    ['hastb/keys/own', 'ssh-keygen', 'Make the key of the agent'],
    ['hasta/files/etc/rc.conf', 'sysrc', 'Change /etc/rc.conf'],
    ['hasta/files/etc/hast.conf', 'hastctl', 'Write /etc/hast.conf'],
    ['hastb/modules/carp', 'kldload', 'Load the carp module'],
    ['hastb/modules/preempt', 'sysctl', 'Let CARP hand over by preemption'],
    ['hasta/hastd/start', 'service', 'Start hastd'],
    ['hastb/metadata/disk0', 'hastctl', 'Create HAST metadata of disk0 on /dev/vtbd1'],
    ['hastb/secondary/disk1', 'hastctl', 'Make disk1 secondary'],
    ['hasta/primary/disk0', 'hastctl', 'Make disk0 primary'],
    ['hasta/format/disk1', 'newfs', 'Make a UFS file system on disk1'],
    ['hastb/carp/1@vtnet1', 'ifconfig', 'Put the CARP address 192.168.50.10 on vtnet1'],
    ['hasta/agent/devd', 'service', 'Restart devd'],
  ])('%s: %s', async (step, command, title) => {
    const [node = ''] = step.split('/');
    const { begin, end } = at(node, command);
    const outcome = await bench.applyWith(step, begin, end);
    expectClear(
      outcome,
      1,
      `${node}: "${title}"`,
      `${command}: lab: made to fail`,
      'run hastconf apply again',
    );
    expect(bench.leftovers(node)).toEqual([]);
  });

  it('to the end', async () => {
    const outcome = await bench.apply();
    expect(outcome.code, outcome.stderr).toBe(0);
    expect((await bench.apply()).stdout).toContain('Nothing to do');
    for (const node of ['hasta', 'hastb'])
      expect(await bench.on(node, 'ls /var/db/hastconf/pending')).toBe('');
  });
});

describe('a command hangs', () => {
  it('while a step runs: it is given up, named, and the next run goes on', async () => {
    await bench.on('hasta', 'service devd stop');
    const { begin, end } = at('hasta', 'service', 'hang-command');
    const outcome = await bench.applyWith('hasta/agent/devd', () => {
      patience.short = true;
      return begin();
    });
    patience.short = false;
    await end();
    expectClear(outcome, 6, 'hasta: "Restart devd" did not end in time', 'within 2.5 s', 'ps -axl');
    // What the message asks a person to do; hastconf's own kill needs process groups, which the lab's ps lacks.
    await bench.lab.exec('hasta', 'pkill -f "service devd restart"');
    expect((await bench.apply()).code).toBe(0);
  });
});

describe('HAST metadata that is gone from a running secondary', () => {
  it('is not made anew under it; the remedy works as printed', async () => {
    await bench.on('hastb', 'dd if=/dev/zero of=/dev/vtbd1 bs=4096 count=1 conv=notrunc 2>/dev/null');
    const outcome = await bench.apply();
    const metadata = await bench.on(
      'hastb',
      'dd if=/dev/vtbd1 bs=4096 count=1 2>/dev/null | tr -d "\\000" | wc -c',
    );
    expect(Number(metadata)).toBe(0);
    expectClear(outcome, 5, 'disk0 is secondary on hastb, but /dev/vtbd1 holds no metadata of it any more');
    const [, remedy = ''] = /-> hastconf (replace .*) makes its copy anew/.exec(outcome.message) ?? [];
    const replaced = await bench.run([...remedy.split(' '), '-y', '--destroy', 'hastb:/dev/vtbd1']);
    expect(replaced.code, replaced.stderr).toBe(0);
    const done = await bench.apply();
    expect(done.code, done.stderr).toBe(0);
    expect(done.stdout).toContain('VERIFIED');
  });
});
