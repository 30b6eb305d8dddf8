import { describe, expect, it } from 'vitest';
import { parseAgent, parseHostKeys } from '../../src/facts/agent.js';
import { isYes, parseRcConf, parseSysrc } from '../../src/facts/rc.js';
import { parseRcvar } from '../../src/facts/services.js';
import { blockOf, excerpt } from './transcript.js';

const { output } = blockOf('08-facts.txt', 'hasta', 'sysrc -a; sysrc -n hastd_enable');

describe('sysrc -a', () => {
  it('reads names and values of 13.2', () => {
    const rc = parseSysrc(excerpt(output, /^cron_enable/, /^NO$/));
    expect(rc).toMatchObject({
      hostname: 'hasta',
      ifconfig_vtnet1: 'inet 192.168.50.11/24',
      defaultrouter: '10.0.2.2',
      syslogd_flags: '-s',
    });
    expect(Object.keys(rc)).toHaveLength(13);
  });

  it('keeps colons, blanks, empty and multi-line values', () => {
    const rc = parseSysrc('ifconfig_em0_ipv6: inet6 2001:db8::1/64\nempty: \nlist: a\n  b\n\nlast: x\n');
    expect(rc).toEqual({ ifconfig_em0_ipv6: 'inet6 2001:db8::1/64', empty: '', list: 'a\n  b\n', last: 'x' });
  });

  it('is empty for nothing', () => {
    expect(parseSysrc('')).toEqual({});
  });
});

describe('rc.conf as text (before 9.2)', () => {
  it.each([
    ['hastd_enable="YES"', { hastd_enable: 'YES' }],
    ["a='x y' # why", { a: 'x y' }],
    ['a=x;b="y"', { a: 'x', b: 'y' }],
    ['# a="no"\na=1\n  a="2"\n', { a: '2' }],
    ['a="one \\"two\\" \\$three"', { a: 'one "two" $three' }],
    ['a="line\nline2"\nb=1', { a: 'line\nline2', b: '1' }],
    ['a="$a more"', { a: '$a more' }],
    ['a="x"y\'z\'', { a: 'xyz' }],
    ['if true; then\n a=1\nfi', { a: '1' }],
    ['a="never closed', { a: 'never closed' }],
    ['', {}],
  ])('%j', (text, expected) => {
    expect(parseRcConf(text)).toEqual(expected);
  });
});

describe('rcvar', () => {
  it('reads the answer of 13.2', () => {
    expect(parseRcvar(excerpt(output, /^# hastd/, /^Cannot/))).toBe(false);
  });

  it.each([
    ['# nfsd\nnfs_server_enable="YES"\n', true],
    ['# hastd\n$hastd_enable=NO\n', false],
    ['carp_hast_enable="Yes"\n#   (default: "")\n', true],
    ['# sysctl\n', undefined],
    ['carp_hast does not exist in /etc/rc.d or the local startup\n', undefined],
  ])('%j', (text, enabled) => {
    expect(parseRcvar(text)).toBe(enabled);
  });

  it('takes what checkyesno takes', () => {
    expect(['YES', 'true', 'On', '1'].every(isYes)).toBe(true);
    expect(['NO', 'NONE', '', undefined, 'yess'].some(isYes)).toBe(false);
  });
});

describe('agent', () => {
  it('keeps unknown keys and fills in missing ones', () => {
    expect(
      parseAgent('{"version":"1","node":"hasta","state":"standby","fresh":"yes","epoch":4,"carp":"BACKUP"}'),
    ).toEqual({
      version: '1',
      node: 'hasta',
      state: 'standby',
      fresh: 'yes',
      epoch: 4,
      carp: 'BACKUP',
    });
    expect(parseAgent('{}')).toEqual({ version: '', node: '', state: '', fresh: '', epoch: 0 });
  });

  it.each(['', 'carp-hast-switch: not configured\n', '[]', '"x"', 'null', '{"a":'])(
    '%j is no answer',
    (text) => {
      expect(parseAgent(text)).toBeUndefined();
    },
  );

  it('takes comments off host keys and skips what is no key', () => {
    const text =
      'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA root@hasta\necdsa-sha2-nistp256 AAAAE2VjZHNh=\nnot a key at all!\n';
    expect(parseHostKeys(text)).toEqual([
      'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA',
      'ecdsa-sha2-nistp256 AAAAE2VjZHNh=',
    ]);
  });
});
