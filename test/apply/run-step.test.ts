import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeLock } from '../../src/apply/lock.js';
import { lockOwner } from '../../src/apply/lock-owner.js';
import { runStep } from '../../src/apply/run-step.js';
import { ExitCode } from '../../src/errors.js';
import type { Action, Step, WriteAction } from '../../src/plan/types.js';
import { Secret } from '../../src/spec/secret.js';
import { nodeTargets } from './node-target.js';

let nodes: Awaited<ReturnType<typeof nodeTargets>>;
beforeAll(async () => {
  nodes = await nodeTargets();
  await takeLock([nodes.hasta, nodes.hastb], await lockOwner('run1', 'apply', new Date()), false);
});
afterAll(() => nodes.stop());

const password = new Secret('hidden_0815');
const run = (id: string, action: Action, verify?: string) => {
  const step: Step = {
    id: `hasta/files/${id}`,
    node: 'hasta',
    phase: 'files',
    title: `Do ${id}`,
    risk: 'none',
    action,
    ...(verify === undefined ? {} : { verify }),
  };
  const targets = new Map([
    ['hasta', nodes.hasta],
    ['hastb', nodes.hastb],
  ]);
  return runStep(step, { targets, runId: 'run1', secrets: [password] });
};
const script = (text: string): Action => ({ kind: 'script', script: text });
const on = async (text: string) => (await nodes.hasta.script(text)).stdout;
const journal = async (id: string) =>
  (await on('cat /var/db/hastconf/journal'))
    .split('\n')
    .filter((line) => line.endsWith(` hasta/files/${id}`))
    .map((line) => line.split(' ').slice(1, 3).join(' '));

describe('a script', () => {
  it('is journalled, whatever it does to its shell', async () => {
    await run('good', script('cd /tmp; set -eu; exit 0'));
    expect(await journal('good')).toEqual(['run1 start', 'run1 done']);
    await expect(run('bad', script('exit 3'))).rejects.toMatchObject({
      exit: ExitCode.StepFailed,
      node: 'hasta',
      message: 'hasta: "Do bad" failed (exit 3)',
    });
    expect(await journal('bad')).toEqual(['run1 start', 'run1 failed:3']);
  });

  it('counts as done only once its effect was read back', async () => {
    const ended = run('unseen', script('echo tried'), 'echo "there is no effect" >&2; false');
    await expect(ended).rejects.toMatchObject({
      exit: ExitCode.StepFailed,
      message: 'hasta: "Do unseen" did not take effect',
      detail: 'tried\n\nthere is no effect',
    });
    expect(await journal('unseen')).toEqual(['run1 start', 'run1 failed:76']);
  });

  it('may refuse, with its reason', async () => {
    await expect(run('guard', script('echo "it holds ufs" >&2; exit 5'))).rejects.toMatchObject({
      exit: ExitCode.Refused,
      detail: 'it holds ufs',
    });
  });

  it('never has its secrets shown', async () => {
    const ended = run('secret', script(`echo "ifconfig: pass ${password.reveal()}: bad value" >&2; exit 1`));
    const error: { detail: string } = await ended.then(
      () => expect.fail('it must fail'),
      (reason) => reason,
    );
    expect(error.detail).toContain('bad value');
    expect(JSON.stringify(error)).not.toContain(password.reveal());
    expect(await on('cat /var/db/hastconf/journal')).not.toContain(password.reveal());
  });

  // A script goes on when its connection is lost; a file system must not be made twice at a time.
  it('does not begin while one of an earlier run is still at work', async () => {
    const first = run('slow', script('echo first >/tmp/order; sleep 3; echo end >>/tmp/order'));
    await expect.poll(() => on('cat /tmp/order')).toBe('first\n');
    await run('next', script('echo second >>/tmp/order'));
    await first;
    expect(await on('cat /tmp/order')).toBe('first\nend\nsecond\n');
  });

  it('gives up when that one does not end', async () => {
    const first = run('endless', script('sleep 600')).catch(() => undefined);
    await expect.poll(() => journal('endless')).toEqual(['run1 start']);
    await expect(run('late', script('true'))).rejects.toMatchObject({
      exit: ExitCode.StepFailed,
      message: 'hasta: a step of an earlier run is still at work',
    });
    expect(await journal('late')).toEqual([]);
    await nodes.hasta.script(
      'kill $(ps -axo pid=,command= | while read -r pid words; do case $words in "sleep 600") echo "$pid" ;; esac; done)',
    );
    await first;
  });
});

describe('a file', () => {
  const write = (path: string, content: string, replaces?: string): WriteAction => ({
    kind: 'write',
    path,
    content,
    replaces,
    attributes: { owner: 'root', group: 'wheel', mode: 0o640 },
    secrets: [],
  });

  it('keeps no old CARP password in its backups but the first, which is what was there before', async () => {
    const backups = '/var/db/hastconf/backups';
    const line = (word: string) =>
      `ifconfig_em0_alias0="inet vhid 1 pass ${word} alias 192.0.2.1/32"\nx="y pass-z"\n`;
    const old = await on('cat /etc/rc.conf');
    await on(`mkdir -p ${backups}; chmod 600 /etc/rc.conf`);
    await run('rc', write('/etc/rc.conf', line('earlier'), old));
    expect(await on(`cat ${backups}/etc_rc.conf.run1`)).toBe(old);
    await on(`mv ${backups}/etc_rc.conf.run1 ${backups}/etc_rc.conf.run0`);
    await on('chmod 600 /etc/rc.conf');
    await run('rc', write('/etc/rc.conf', line('later'), line('earlier')));
    expect(await on(`stat -f %Lp ${backups}/etc_rc.conf.run1; cat ${backups}/etc_rc.conf.run1`)).toBe(
      `600\n${line('removed')}`,
    );
  });

  it('goes live after a backup of what was there, with owner and mode', async () => {
    await on('printf old >/etc/thing; chmod 600 /etc/thing');
    await run('thing', write('/etc/thing', 'new\n', 'old'));
    expect(await on('cat /etc/thing; stat -f %Lp /etc/thing; ls /etc | grep thing')).toBe(
      'new\n640\nthing\n',
    );
    expect(await on('cd /var/db/hastconf/backups; stat -f %Lp . etc_thing.run1; cat etc_thing.run1')).toBe(
      '700\n600\nold',
    );
  });

  it('stays as it is when it is not what the plan was made against', async () => {
    await on('echo theirs >/etc/foreign');
    for (const replaces of ['ours\n', undefined]) {
      await expect(run('foreign', write('/etc/foreign', 'new\n', replaces))).rejects.toMatchObject({
        exit: ExitCode.Refused,
        detail: '/etc/foreign changed since the plan was made',
      });
    }
    await expect(run('gone', write('/etc/gone', 'new\n', 'old\n'))).rejects.toMatchObject({
      detail: '/etc/gone has gone since the plan was made',
    });
    expect(await on('cat /etc/foreign; ls /etc | grep -c hastconf-new')).toBe('theirs\n0\n');
  });

  it('stays as it is when the new one is not valid', async () => {
    await on('echo good >/etc/checked');
    const action = { ...write('/etc/checked', 'if\n', 'good\n'), validate: 'sh -n "$1"' };
    await expect(run('checked', action)).rejects.toMatchObject({
      exit: ExitCode.StepFailed,
      detail: expect.stringContaining('the new /etc/checked is not valid on this node; the old one stays'),
    });
    expect(await on('cat /etc/checked; ls /etc | grep -c hastconf-new')).toBe('good\n0\n');
  });

  it('is remembered with what it says, for root alone, and the last word counts', async () => {
    const sum = (digit: string) => digit.repeat(64);
    const applied = (key: string, digit: string) => ({ applies: [{ key, sha256: sum(digit) }] });
    await run('kept', { ...write('/etc/kept', 'a\n'), ...applied('/etc/kept', 'a') });
    await run('part', { ...write('/etc/part', 'a\n'), ...applied('/etc/part#old one', 'b') });
    const second = { ...write('/etc/part', 'b\n', 'a\n'), ...applied('/etc/part#new', 'c') };
    await run('part', { ...second, forgets: ['/etc/part#old one'] });
    await run('kept', { ...write('/etc/kept', 'b\n', 'a\n'), ...applied('/etc/kept', 'd') });
    expect(await on('cat /var/db/hastconf/applied; stat -f %Lp /var/db/hastconf/applied')).toBe(
      `${sum('c')} run1 /etc/part#new\n${sum('d')} run1 /etc/kept\n600\n`,
    );
    const bad = { ...write('/etc/kept', 'if\n', 'b\n'), ...applied('/etc/kept', 'e'), validate: 'false' };
    await expect(run('kept', bad)).rejects.toMatchObject({ exit: ExitCode.StepFailed });
    expect(await on('cat /var/db/hastconf/applied')).toContain(`${sum('d')} run1 /etc/kept\n`);
  });

  it('that is a link keeps pointing where it did', async () => {
    await on(
      'mkdir -p /usr/local/real; echo old >/usr/local/real/conf; ln -s /usr/local/real/conf /etc/link',
    );
    await run('link', write('/etc/link', 'new\n', 'old\n'));
    expect(await on('[ -h /etc/link ] && cat /usr/local/real/conf')).toBe('new\n');
  });

  it('can carry a key that another node has just made', async () => {
    await nodes.hastb.writeFile('/tmp/key.pub', 'ssh-ed25519 AAAA of b\n', {
      owner: '',
      group: '',
      mode: 0o644,
    });
    const authorize: Action = {
      kind: 'authorize',
      from: 'hastb',
      publicKeyPath: '/tmp/key.pub',
      addresses: ['10.77.0.2'],
      path: '/etc/keys',
      attributes: { owner: 'root', group: 'wheel', mode: 0o644 },
    };
    await run('keys', authorize);
    expect(await on('cat /etc/keys')).toMatch(
      /^no-port-forwarding,.*from="10\.77\.0\.2",.* ssh-ed25519 AAAA of b\n$/,
    );
    await expect(run('nokey', { ...authorize, publicKeyPath: '/tmp/none' })).rejects.toMatchObject({
      message: 'hastb: there is no /tmp/none',
    });
  });
});

describe('a run whose lock was taken away', () => {
  const OWNER = '/var/db/hastconf/lock/owner';
  const rest = async () => on('ls /etc/hastconf-new* /etc/x.hastconf-new 2>/dev/null || :');

  it.each([
    [
      'by somebody who works there now',
      'sed s/run1/run2/ OWNER >OWNER.new && mv OWNER.new OWNER',
      /^hasta: .* so "Do late" was not begun; it is .*'s now$/,
    ],
    ['by somebody who is through', 'mv OWNER OWNER.gone', /; nobody holds it now$/],
  ])('%s begins no further step', async (_what, taken, message) => {
    const before = await on(`cat ${OWNER}`);
    await on(taken.replaceAll('OWNER', OWNER));
    const late = run('late', script('touch /tmp/late'));
    await expect(late).rejects.toMatchObject({ exit: ExitCode.Locked, node: 'hasta', message });
    const action: WriteAction = {
      kind: 'write',
      path: '/etc/x',
      content: 'x\n',
      attributes: { owner: 'root', group: 'wheel', mode: 0o644 },
      replaces: undefined,
      secrets: [],
    };
    await expect(run('late', action)).rejects.toMatchObject({ exit: ExitCode.Locked });
    expect(await on('ls /tmp/late /etc/x 2>/dev/null || :')).toBe('');
    expect(await rest()).toBe('');
    expect(await journal('late')).toEqual([]);
    await on(`cat >${OWNER} <<'END'\n${before}END`);
  });
});
