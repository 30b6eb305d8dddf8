import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { BEAT, FakeNode, type VIEW } from './node.js';

let node: FakeNode;
afterEach(() => node.remove());

function serving(view: Partial<typeof VIEW> = {}): FakeNode {
  node = new FakeNode(view);
  return node.serving().peer({});
}

const status = () => JSON.parse(node.get('run/status.json'));
const seconds = () => BEAT;
const lets = () => node.calls().includes('hastctl role secondary disk0');

describe('the local disk of the serving node fails below HAST', () => {
  const handover = { onDiskError: 'handover' };

  test('an alarm, once, and it goes on', async () => {
    serving().set('errors', '3');
    await node.reconcile();
    await node.reconcile();
    expect(status()).toMatchObject({ state: 'serving', alarms: ['local-errors'] });
    expect(node.get('log').match(/alarm: local-errors/g)).toHaveLength(1);
  });

  test('handover: a fresh peer gets the storage; the alarm stays, and it is not given back', async () => {
    serving(handover).set('errors', '3');
    await node.reconcile();
    expect(lets()).toBe(true);
    expect(status()).toMatchObject({
      state: 'standby',
      alarms: ['local-errors'],
      lastTransition: { reason: 'local-errors' },
    });
    // The new worker counts from zero. For a planned move this node is not ready any more; it may still have to serve.
    node
      .set('errors', '0')
      .set('carp', 'BACKUP\n')
      .unset('run/hold')
      .peer({ state: 'serving', roles: 'all-primary', carp: 'MASTER' });
    await node.reconcile();
    expect(status().alarms).toEqual(['local-errors']);
    expect(node.get('run/public')).toMatch(/^fresh fresh$[\s\S]*^ready no$/m);
    node.peerDead().set('carp', 'MASTER\n').set('link', '-\n').set('run/met', '');
    await node.reconcile('wake');
    expect(status().state).toBe('serving');
  });

  test.each([3601, -60])('... and again %i seconds later, where it came back', async (age) => {
    serving(handover)
      .set('errors', '3')
      .set('run/bad-disk', `${seconds() - age}\n`);
    await node.reconcile();
    expect(lets()).toBe(true);
  });

  test('when the agent is started anew, the disk counts as replaced', async () => {
    serving(handover).set('run/bad-disk', '');
    await node.run('main start');
    expect(existsSync(join(node.dir, 'run/bad-disk'))).toBe(false);
  });

  test.each<[string, () => unknown]>([
    ['to a peer that is not ready', () => node.peer({ ready: 'no' })],
    ['to a dead peer', () => node.peerDead()],
    ['when it was handed over and has come back', () => node.set('run/bad-disk', `${seconds() - 3000}\n`)],
    ['without an error', () => node.set('errors', '0')],
    ['within a minute of the last move', () => node.set('run/moved', `${seconds() - 50}\n`)],
    ['in maintenance', () => node.set('db/maintenance', '99999999999\n')],
    ['to a peer that is synchronised', () => node.set('dirty', '4096')],
  ])('no handover %s', async (_name, prepare) => {
    serving(handover).set('errors', '3');
    prepare();
    await node.reconcile();
    expect(lets()).toBe(false);
    expect(status().state).toBe('serving');
  });
});

describe('a synchronisation that does not get on', () => {
  const alarms = async () => {
    await node.reconcile('wake');
    return status().alarms;
  };

  test('an alarm after two minutes without fewer dirty bytes, over with the first that are fewer', async () => {
    serving().set('dirty', '8192').set('run/copying.disk0', '');
    expect(await alarms()).toEqual([]);
    expect(node.get('run/stall')).toMatch(/^8192 \d+\n$/);
    node.set('run/stall', `8192 ${seconds() - 60}\n`).set('dirty', '9216');
    expect(await alarms()).toEqual([]);
    node.set('run/stall', `8192 ${seconds() - 121}\n`);
    expect(await alarms()).toEqual(['stalled']);
    expect((await node.set('dirty', '4096')) && (await alarms())).toEqual([]);
    expect(node.get('log')).toMatch(/alarm: stalled\n[\s\S]*alarm over: stalled\n/);
  });

  test('bytes that clients have just written are none', async () => {
    serving()
      .set('dirty', '8192')
      .set('run/stall', `1 ${seconds() - 500}\n`);
    expect(await alarms()).toEqual([]);
    expect(existsSync(join(node.dir, 'run/stall'))).toBe(false);
  });

  test.each([
    ['syncstart', true],
    ['syncstart disk0 && main hook syncdone', false],
    ['syncstart disk0 && main hook syncintr', false],
    ['syncstart disk0 && main hook disconnect', false],
  ])('hastd tells when it copies: %s', async (events, copies) => {
    serving();
    await node.run(`main hook ${events} disk0; main hook syncstart ../../etc/passwd`);
    expect(existsSync(join(node.dir, 'run/copying.disk0'))).toBe(copies);
  });
});

test('a service that does not start is an alarm until it does', async () => {
  const broken = 'service() { [ "$2" != onestatus ]; }';
  serving().set('run/services', '');
  const limited = 'limit() { shift; "$@"; }';
  await node.run(`load_config\n${limited}\n${broken}\nverb_locked tick`);
  expect(status().alarms).toEqual(['service-failed']);
  await node.set('run/services', '').reconcile();
  expect(status().alarms).toEqual([]);
});

test('the peer is asked on its own ssh port, and known by its address alone', async () => {
  serving({ peerSshPort: 2222 });
  const ssh = 'ssh() { echo "$*" >>"$FAKE/ssh-words"; }';
  await node.run(
    `load_config\n${ssh}\npath_address rep; mkfifo "$run/to.rep"; run_stream rep "$address" 1 1`,
  );
  expect(node.get('ssh-words')).toMatch(
    /-p 2222 .*-o HostKeyAlias=10\.77\.0\.2 .*hastpeer@10\.77\.0\.2 stream rep\n$/,
  );
});
