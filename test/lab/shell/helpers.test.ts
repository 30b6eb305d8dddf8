import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDuration } from '../../../src/lab/shell/internal.js';
import { type Block, blockOf } from '../../facts/transcript.js';
import { basicCommands, type LoneNode, loneNode } from '../lone-node.js';

let lone: LoneNode;
beforeAll(async () => {
  lone = await loneNode(basicCommands);
});
afterAll(() => lone.close());
const run = (script: string) => lone.node.run(script, { cwd: '/tmp' });
const measured = (part: string): Block => blockOf('11-base-tools.txt', 'hasta', part);

describe('lockf', () => {
  it('does as measured: busy, nested, and the command’s own status', async () => {
    const { command, output } = measured('lockf -k');
    expect((await run(command)).stdout).toBe(output);
  });

  it('waits for the lock on simulated time, and gives up', async () => {
    const script = `lockf -k /tmp/w sleep 30 & sleep 1
      lockf -k -t 5 /tmp/w echo no; echo rc=$?
      lockf -k -t 60 /tmp/w echo yes; echo rc=$?; wait`;
    const { stdout, stderr } = await run(script);
    expect(stdout).toBe('rc=75\nyes\nrc=0\n');
    expect(stderr).toBe('lockf: /tmp/w: already locked\n');
  });

  it('frees the lock when its process is killed, though the command lives on', async () => {
    const script = `lockf -k -s /tmp/k sleep 1000 & p=$!; sleep 1; kill -9 $p
      lockf -k -s -t 2 /tmp/k echo mine`;
    expect((await run(script)).stdout).toBe('mine\n');
  });

  it('removes the file without -k, and does not make one with -n', async () => {
    const script =
      'lockf /tmp/r true; ls /tmp/r 2>/dev/null; lockf -n /tmp/r true; echo $?; lockf -k /nosuch/f true; echo $?';
    expect((await run(script)).stdout).toBe('69\n73\n');
  });
});

describe('timeout', () => {
  it('does as measured', async () => {
    const { command, output } = measured('timeout 1 sleep');
    const { stdout, stderr } = await run(command);
    expect(stdout).toBe(output.replace('Terminated\n', ''));
    expect(stderr).toBe('Terminated\n');
  });

  it.each([
    ['timeout 5 sh -c "exit 3"', 3],
    ['timeout --preserve-status 1 sleep 5', 143],
    ['timeout -s KILL 1 sleep 5', 124],
    ['timeout -k 1 1 sh -c "trap \'\' TERM; sleep 50; sleep 50"', 124],
    ['timeout 0 sleep 1', 0],
    ['timeout 1 nosuch', 127],
    ['timeout x sleep 1', 125],
    ['timeout 5', 64],
  ])('%s ends with %i', async (command, code) => {
    expect((await run(command)).code).toBe(code);
  });

  it('does not hold the output of a substitution open', async () => {
    const before = lone.clock.now();
    expect((await run('x=$(timeout 1000 echo quick); echo "[$x]"')).stdout).toBe('[quick]\n');
    expect(lone.clock.now() - before).toBeLessThan(100_000);
  });

  it('keeps stdin for the command, and passes TERM on to it', async () => {
    expect((await run('echo in | timeout 5 cat')).stdout).toBe('in\n');
    const script = `timeout 100 sh -c 'trap "echo got; exit 9" TERM; while :; do sleep 1; done' & p=$!
      sleep 2; kill $p; wait $p; echo rc=$?`;
    expect((await run(script)).stdout).toBe('got\nrc=9\n');
  });

  it('reaches the children of the command', async () => {
    const script =
      'timeout 1 sh -c "sleep 1000 & echo \\$! >/tmp/child; wait"; sleep 1; kill -0 $(cat /tmp/child) || echo gone';
    expect((await run(script)).stdout).toBe('gone\n');
  });

  // FreeBSD's is a reaper: measured on 13.2, where GNU's does neither.
  it('waits for a daemon that its command has left behind, and ends it with the time', async () => {
    const before = lone.clock.now();
    const script = `timeout 5 daemon -p /tmp/reaped sleep 99; echo rc=$?
      kill -0 $(cat /tmp/reaped) 2>/dev/null || echo gone`;
    expect((await run(script)).stdout).toBe('rc=124\ngone\n');
    expect(lone.clock.now() - before).toBeGreaterThanOrEqual(5000);
    const short = 'timeout 50 sh -c "sleep 3 & exit 4"; echo rc=$?';
    const from = lone.clock.now();
    expect((await run(short)).stdout).toBe('rc=4\n');
    expect(lone.clock.now() - from).toBeGreaterThanOrEqual(3000);
    expect(lone.clock.now() - from).toBeLessThan(50_000);
  });

  it('with --foreground leaves a daemon alone', async () => {
    const before = lone.clock.now();
    const script = `timeout --foreground 500 daemon -p /tmp/left sleep 9000; echo rc=$?
      kill -0 $(cat /tmp/left) && echo lives; kill $(cat /tmp/left)`;
    expect((await run(script)).stdout).toBe('rc=0\nlives\n');
    expect(lone.clock.now() - before).toBeLessThan(500_000);
  });

  it('a signal to it reaches a daemon as well', async () => {
    const script = `timeout 100 sh -c 'daemon -p /tmp/told sh -c "trap \\"echo told >/tmp/heard; exit\\" TERM; while :; do sleep 1; done"; sleep 50' & p=$!
      sleep 2; kill $p; wait $p; echo rc=$?; sleep 2; cat /tmp/heard`;
    expect((await run(script)).stdout).toBe('rc=143\ntold\n');
  });
});

describe('daemon', () => {
  it('does as measured: pid file, and 3 while the process lives', async () => {
    const { command, output } = measured('daemon -f sleep');
    const { stdout, stderr } = await run(command);
    const pid = /^\d+/m.exec(stdout.split('\n')[1] ?? '')?.[0] ?? 'none';
    const shown = (stdout + stderr).replaceAll(pid, '790').replace(/ +\d\.\d\d real.*\n/, '');
    const expected = output.replace(/ +\d\.\d\d real.*\n/, '');
    expect(shown.split('\n').sort()).toEqual(
      // stdout and stderr are one stream in the transcript
      expected
        .replace('790daemon', '790\ndaemon')
        .replace('790\nd', '790rc=3\nd')
        .replace(/rc=3\n$/, '')
        .split('\n')
        .sort(),
    );
  });

  it('removes the pid file when the process has ended', async () => {
    const script = 'daemon -f -p /tmp/d sleep 3; ls /tmp/d; sleep 5; ls /tmp/d 2>/dev/null || echo removed';
    expect((await run(script)).stdout).toBe('/tmp/d\nremoved\n');
  });

  it('returns at once and survives its caller', async () => {
    await run('daemon -f sh -c "sleep 5; echo here >/tmp/survived"');
    await expect.poll(() => lone.node.files.read('/tmp/survived')).toBe('here\n');
  });

  it('restarts with -r, stops at TERM, and keeps its own pid file with -P', async () => {
    const script = `daemon -f -r -P /tmp/s sh -c 'echo run >>/tmp/runs; sleep 1'
      sleep 8; kill $(cat /tmp/s); sleep 3; ls /tmp/s 2>/dev/null; n=$(wc -l </tmp/runs); sleep 5
      [ "$n" -ge 3 ] && [ "$n" -eq $(wc -l </tmp/runs) ] && echo good`;
    expect((await run(script)).stdout).toBe('good\n');
  });

  it('writes output to a file', async () => {
    const script = 'daemon -f -o /tmp/o sh -c "echo a; echo b >&2"; sleep 1; cat /tmp/o';
    expect((await run(script)).stdout).toBe('a\nb\n');
  });
});

describe('the small ones', () => {
  it('jot does as measured', async () => {
    expect((await run('jot -s " " 3')).stdout).toBe(measured('jot -s').output.match(/^1 2 3\n/m)?.[0]);
  });

  it('time tells simulated seconds', async () => {
    expect((await run('time sleep 3')).stderr).toMatch(/^ {8}3\.\d\d real {9}0\.00 user {9}0\.00 sys\n$/);
  });

  it('pwait waits, which looks through PATH, nohup ignores HUP', async () => {
    expect((await run('sleep 2 & pwait $!; echo rc=$?')).stdout).toBe('rc=0\n');
    expect((await run('which lockf daemon nosuch timeout; echo rc=$?')).stdout).toBe(
      '/usr/bin/lockf\n/usr/sbin/daemon\n/bin/timeout\nrc=1\n',
    );
    expect((await run("nohup sh -c 'kill -HUP $$; echo still'")).stdout).toBe('still\n');
  });
});

describe('parseDuration', () => {
  it.each([
    ['1', 1000],
    ['.5', 500],
    ['1.5s', 1500],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['1d', 86_400_000],
  ])('%s', (text, ms) => expect(parseDuration(text)).toBe(ms));
  it.each(['', 'x', '1w', '-1', '.', '1e3'])('refuses %s', (text) =>
    expect(() => parseDuration(text)).toThrow(),
  );
});
