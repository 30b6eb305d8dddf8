import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeNode } from './node.js';

let node: FakeNode;
beforeEach(() => {
  node = new FakeNode();
});
afterEach(() => node.remove());

/** The exit code of a bounded command, and the seconds that it took. */
const bounded = async (words: string) => {
  const start = Date.now();
  const { stdout } = await node.run(`rc=0; bounded ${words} || rc=$?; echo "$rc"`);
  return { code: Number(stdout), seconds: (Date.now() - start) / 1000 };
};

describe('bounded', () => {
  test.each([0, 1, 8, 124])('keeps exit code %i', async (code) => {
    expect((await bounded(`50 sh -c 'exit ${code}'`)).code).toBe(code);
  });

  test('ends a command whose time is over', async () => {
    const { code, seconds } = await bounded('1 sleep-for-real 60');
    expect(code).toBe(124);
    expect(seconds).toBeLessThan(30);
  });

  test('one that does not listen is killed', async () => {
    expect((await bounded(`1 sh -c "trap '' TERM; exec sleep-for-real 60"`)).code).toBe(124);
  });

  test('comes back from one that no signal ends; it is known as long as it lives', async () => {
    const deaf = `kill() { case $1 in -USR1 | -0) command kill "$@" ;; -KILL) [ "$2" = "$bd_pid" ] || command kill "$@" ;; esac; }`;
    const script = `${deaf}
rc=0; bounded 1 sleep-for-real 300 || rc=$?
has_stuck && echo "$rc alive"
command kill "$bd_pid"; wait "$bd_pid"
has_stuck || echo ended`;
    expect((await node.run(script)).stdout).toBe('125 alive\nended\n');
  });

  test('its output is whole, or it has failed', async () => {
    const { stdout } = await node.run(
      'bounded_to "$run/out" 50 echo said && cat "$run/out"; bounded_to /dev/full 50 true || echo full',
    );
    expect(stdout).toBe('said\n.\nfull\n');
  });
});

test('limit ends a command, and leaves alone what it has started', async () => {
  const script = `rc=0; limit 1 sh -c 'sleep-for-real 30 >/dev/null 2>&1 & echo $!; exec sleep-for-real 30' || rc=$?
echo "$rc"`;
  const [child, code] = (await node.run(script)).stdout.trim().split('\n').map(Number);
  expect(code).toBe(124);
  process.kill(child ?? 0);
});

test('marks and files on a full disk do not end the shell', async () => {
  const script = `mv "$run" "$run.away"; : >"$run" 2>/dev/null
mark met served; put "$run/x" y || echo no; write_file "$run/record" z || echo no; echo on`;
  expect((await node.run(script)).stdout).toBe('no\nno\non\n');
});

test('where nothing can be allocated, the record is written over what is there', async () => {
  node.set('db/record', 'epoch=5\nagreed=5\n');
  const full = 'mv() { return 1; }\nfsync() { :; }\ndd() { /usr/bin/dd "$@"; }';
  const { stdout } = await node.run(
    `${full}\nr_epoch=7 r_agreed=6 r_peer_epoch=6 r_fresh=fresh r_role=primary r_from= r_to= r_reason= r_seconds=0 r_at=0
save_record && load_record && echo "$r_epoch $r_agreed $r_fresh"`,
  );
  expect(stdout).toBe('7 6 fresh\n');
  expect(node.get('db/record').length).toBe(512);
});

test('of what the peer left only 200 bytes of the first line are read; of our own files all of it', async () => {
  node.set('db/spool/long', `${'x'.repeat(300)}\nmore\n`).set('run/long', `${'y'.repeat(300)}\nmore\n`);
  node.set('run/short', 'no newline').set('run/none', '');
  const script =
    'for f in "$db/spool/long" "$run/long" "$run/short"; do first_line "$f"; echo "${#line} $line"; done';
  const said = (await node.run(`${script}; first_line "$run/none" || echo empty`)).stdout;
  expect(said).toMatch(/^200 x{200}\n300 y{300}\n10 no newline\nempty\n$/);
});

test.each([
  ['192.168.50.1', '1203000', 'ping -q -o -c 2 -i 0.1 -W 400 192.168.50.1'],
  ['fd00:77::2', '1302001', 'ping -q -o -c 2 -i 0.1 -W 400 fd00:77::2'],
  ['fd00:77::2', '1203000', 'ping6 -q -o -c 2 -i 0.1 -x 400 fd00:77::2'],
])('%s is pinged on %s', async (address, release, expected) => {
  const said = (name: string) => `${name}() { echo "${name} $*" >"$FAKE/pinged"; }`;
  await node.run(
    `limit() { shift; "$@"; }\nsysctl() { echo ${release}; }\n${said('ping')}\n${said('ping6')}\nping_twice ${address}`,
  );
  expect(node.get('pinged')).toBe(`${expected}\n`);
});
