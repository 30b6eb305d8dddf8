import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { answersScript, parseAnswers } from '../../src/doctor/answers.js';
import { CHECKS } from '../../src/doctor/checks/index.js';
import { heardBy } from '../../src/doctor/probes/carp-hearing.js';
import { judgeHandshake } from '../../src/doctor/probes/handshake.js';
import { type Heard, judgeHearing, type Multicast } from '../../src/doctor/probes/judge-hearing.js';
import { wayFindings } from '../../src/doctor/probes/peer-channel.js';
import { judgePath } from '../../src/doctor/probes/replication-path.js';
import { judgeThroughput } from '../../src/doctor/probes/throughput.js';
import type { ProbeCheck } from '../../src/doctor/types.js';
import type { Frame, Frames } from '../../src/facts/frames.js';
import { FakeNode, looks } from '../sync/fake-node.js';
import { doctorSpec, healthy, subjectOf } from './subject.js';

const spec = doctorSpec();
const MB = 1024 * 1024;
const frame = (stdout: string, code: number | undefined = 0, stderr = ''): Frame => ({
  stdout,
  stderr,
  code,
});
const frames = (given: Readonly<Record<string, Frame>>): Frames => new Map(Object.entries(given));
const said = (findings: readonly { saw: string; fix: string }[]) =>
  findings.map(({ saw, fix }) => `${saw} -> ${fix}`);

const zfs = {
  ...spec,
  storage: [{ type: 'zfs', pool: 'failover', layout: 'stripe', resources: ['disk0'] }] as const,
};

describe('the scripts', () => {
  const probes = CHECKS.filter((check): check is ProbeCheck => 'probe' in check);

  /** What a probe would run on each node, without any answer. */
  async function scriptsOf(check: ProbeCheck): Promise<string[]> {
    const scripts: string[] = [];
    const target = (name: string) => {
      const node = new FakeNode(name, looks(undefined));
      node.script = async (script: string) => {
        scripts.push(script);
        return { code: 1, signal: null, stdout: '', stderr: 'no' };
      };
      return node;
    };
    const signal = new AbortController().signal;
    await check.probe(subjectOf({}, spec), { target, signal }).catch(() => undefined);
    return scripts;
  }

  it.each(probes.map((check) => [check.id, check] as const))('%s is plain sh', async (_, check) => {
    const scripts = await scriptsOf(check);
    expect(scripts.length).toBeGreaterThan(0);
    for (const script of scripts) {
      execFileSync('dash', ['-n'], { input: script });
      const lint = ['-s', 'sh', '-e', 'SC2317,SC2034,SC2016', '-'];
      expect(execFileSync('shellcheck', lint, { input: script }).toString()).toBe('');
    }
  });

  it('what only the doctor asks is plain sh, too', () => {
    for (const one of [spec, zfs]) {
      const script = answersScript(one, 'hasta', 'abc123');
      execFileSync('dash', ['-n'], { input: script });
      const lint = ['-s', 'sh', '-e', 'SC2317,SC2034,SC2016', '-'];
      expect(execFileSync('shellcheck', lint, { input: script }).toString()).toBe('');
    }
  });
});

it('reads what was answered', () => {
  const key =
    '\tcarp: MASTER vhid 1 advbase 1 advskew 0 key "s3cret"\n\tcarp: BACKUP vhid 2 advbase 1 advskew 0 key "x"\n';
  const read = parseAnswers(
    frames({
      order: frame('/etc/rc.d/devd\n/etc/rc.d/hastd\n'),
      key: frame(key),
      'pf.info': frame('Status: Enabled for 0 days 00:01:02\n'),
      'pf.rules': frame('block drop in all\n'),
      'cached.0': frame('', 0),
      'cachefile.0': frame('none\n'),
      messages: frame('a\nb\n'),
      backups: frame('', 1, 'No such file'),
      syslog: frame('*.notice /var/log/messages\n'),
      copies: frame(
        '/etc/crontab:# 0 1 * * * root rsync -a\n/etc/crontab:0 3 * * * root /usr/local/bin/syncoid a b\n',
      ),
      'smart.0': frame('=== START\nSMART overall-health self-assessment test result: PASSED\n'),
    }),
    zfs,
    'hasta',
  );
  expect(read).toEqual({
    bootOrder: ['/etc/rc.d/devd', '/etc/rc.d/hastd'],
    carpKey: 's3cret',
    pfRules: 'block drop in all',
    cachefile: { failover: 'none' },
    cachedPools: ['failover'],
    tunefs: {},
    diskMessages: ['a', 'b'],
    smart: { '/dev/vtbd1': 'overall-health self-assessment test result: PASSED' },
    backups: [],
    syslogLines: ['*.notice /var/log/messages'],
    copyJobs: ['/etc/crontab:0 3 * * * root /usr/local/bin/syncoid a b'],
  });
});

describe('two MASTERs are told apart by what each node hears', () => {
  const node = (name: 'hasta' | 'hastb', over: Partial<Heard> = {}): Heard => {
    const own = name === 'hasta' ? '192.168.50.11' : '192.168.50.12';
    return {
      node: name,
      addresses: [own],
      state: 'MASTER',
      listened: true,
      speakers: [own],
      received: 0,
      sent: 4,
      badAuthentication: 0,
      badAddresses: 0,
      filters: false,
      allowed: true,
      lanAnswers: true,
      ...over,
    };
  };
  const all = ['192.168.50.11', '192.168.50.12'];
  const judged = (a: Partial<Heard>, b: Partial<Heard>, multicast: readonly Multicast[] = []) =>
    said(judgeHearing(spec, [node('hasta', a), node('hastb', b)], multicast));
  const tried = (group: boolean, allHosts: boolean): Multicast[] => [
    { from: 'hasta', to: 'hastb', group, allHosts },
    { from: 'hastb', to: 'hasta', group, allHosts },
  ];

  it('nothing is said when the standby hears its master', () => {
    expect(judged({}, { state: 'BACKUP', speakers: ['192.168.50.11'], received: 4, sent: 0 })).toEqual([]);
  });

  it.each<[string, Partial<Heard>, Partial<Heard>, Multicast[], RegExp]>([
    [
      'other passwords',
      { speakers: all, badAuthentication: 4 },
      { speakers: all, badAuthentication: 4 },
      [],
      /refuses them.*passwords or the addresses/,
    ],
    [
      'pf on the receiver',
      { speakers: all, filters: true },
      { speakers: all, filters: true },
      [],
      /a firewall drops them.*pass in quick proto carp/,
    ],
    ['another firewall', { speakers: all }, { speakers: all }, [], /a firewall drops them.*ipfw/],
    [
      'pf on the sender',
      { sent: 0, filters: true },
      { sent: 0, filters: true },
      [],
      /sends none.*pass out quick proto carp/,
    ],
    [
      'CARP off',
      { speakers: all, allowed: false },
      { speakers: all, allowed: false },
      [],
      /CARP is off.*allow=1/,
    ],
    [
      'the network',
      { lanAnswers: false },
      { lanAnswers: false },
      [],
      /do not reach each other on this network at all/,
    ],
    ['the hypervisor', {}, {}, tried(true, true), /own MAC address.*00:00:5e:00:01:01.*forged transmits/],
    ['IGMP snooping', {}, {}, tried(false, true), /IGMP snooping/],
    ['no multicast', {}, {}, tried(false, false), /no multicast arrives.*unicast/],
    ['not tried', {}, {}, [], /lost on the way.*snooping/],
  ])('%s', (_, a, b, multicast, expected) => {
    const lines = judged(a, b, multicast);
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line).toMatch(expected);
  });

  it('one direction only', () => {
    const lines = judged({ speakers: all, received: 4 }, {}, tried(false, true).slice(0, 1));
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/hastb does not hear hasta.*IGMP snooping/);
    expect(lines[1]).toMatch(/hasta hears the advertisements of hastb and takes them/);
  });

  it('a stranger on the same VHID', () => {
    const lines = judged(
      { speakers: [...all, '192.168.50.77'] },
      { state: 'BACKUP', speakers: all, received: 9 },
    );
    expect(lines).toEqual([expect.stringMatching(/another machine, 192\.168\.50\.77, advertises VHID 1/)]);
  });

  it('says that it does not know where nothing could listen', () => {
    expect(judged({}, { listened: false, speakers: [] })).toEqual([expect.stringMatching(/is not known/)]);
  });

  it('counts what came meanwhile, of IPv4 and IPv6', () => {
    const counters = (received: number, bad: number) =>
      frame(
        `carp:\n\t${received} packets received (IPv4)\n\t2 packets received (IPv6)\n\t\t${bad} discarded for bad authentication\n\t7 packets sent (IPv4)\n`,
      );
    const facts = healthy('hastb');
    const subject = subjectOf({ hastb: { facts } });
    const heard = heardBy(
      spec,
      subject.nodes[1]!,
      frames({
        before: counters(10, 1),
        after: counters(14, 5),
        heard: frame(
          'IP 192.168.50.11 > 224.0.0.18: CARPv2-advertise 36: vhid=1 advbase=1 advskew=0 authlen=7 counter=1\n'.repeat(
            3,
          ),
          124,
        ),
        lan: frame('', 2),
      }),
    );
    expect(heard).toMatchObject({
      node: 'hastb',
      addresses: ['192.168.50.12'],
      state: 'BACKUP',
      listened: true,
      speakers: ['192.168.50.11'],
      received: 4,
      sent: 0,
      badAuthentication: 4,
      lanAnswers: false,
    });
  });
});

describe('the peer channel', () => {
  const way = { network: 'LAN', address: '192.168.50.12' } as const;
  it.each<[string, Frame, RegExp | undefined]>([
    ['an answer', frame('state standby\nnode hastb\n'), undefined],
    [
      'an agent that does not look',
      frame('state unknown\n'),
      /has not looked at its node lately.*service carp_hast restart/,
    ],
    [
      'a changed host key',
      frame('', 255, 'x\nHost key verification failed.\n'),
      /verification failed.*hastconf apply/,
    ],
    [
      'no key',
      frame('', 255, 'hastpeer@1: Permission denied (publickey).'),
      /Permission denied.*hastconf apply/,
    ],
    [
      'no sshd',
      frame('', 255, 'ssh: connect to host 1 port 22: Connection refused'),
      /refused.*listens on port 22/,
    ],
    ['silence', frame('', 124), /no answer in time.*check the LAN link/],
  ])('%s', (_, answer, expected) => {
    const lines = said(wayFindings(spec, 'hasta', way, answer));
    expect(lines).toEqual(expected ? [expect.stringMatching(expected)] : []);
  });
});

describe('the replication link', () => {
  const plain = (received: number, average: number) =>
    frame(
      `--- 10.77.0.2 ping statistics ---\n10 packets transmitted, ${received} packets received, 0.0% packet loss\nround-trip min/avg/max/stddev = 0.1/${average}/0.3/0.0 ms\n`,
    );
  const link = { name: 'vtnet2', mtu: 9000 };
  const judged = (given: Readonly<Record<string, Frame>>) =>
    said(judgePath(spec, 'hasta', link, frames(given)).findings);

  it.each<[string, Readonly<Record<string, Frame>>, RegExp[]]>([
    ['is well', { 'path.plain': plain(10, 0.2), 'path.full': frame('') }, []],
    ['is dead', { 'path.plain': plain(0, 0) }, [/no answer from hastb at 10\.77\.0\.2 \(vtnet2, MTU 9000\)/]],
    [
      'loses packets',
      { 'path.plain': plain(7, 0.2), 'path.full': frame('') },
      [/3 of 10 packets .* were lost/],
    ],
    ['is far', { 'path.plain': plain(10, 12.5), 'path.full': frame('') }, [/takes 12\.5 ms/]],
    [
      'has a smaller MTU on its way',
      { 'path.plain': plain(10, 0.2), 'path.full': frame('', 2) },
      [/whole MTU do not pass.*mtu 1500/],
    ],
  ])('%s', (_, given, expected) => {
    expect(judged(given)).toEqual(expected.map((one) => expect.stringMatching(one)));
  });

  it('what it carries, and what that means for a full copy', () => {
    const fine = judgeThroughput(spec, `${330 * MB}\n`, { code: 0, stderr: '' }, 1024 * MB);
    expect(fine).toMatchObject({
      findings: [],
      details: [expect.stringMatching(/^110MB\/s .* 1\.0GB takes at least 9 s/)],
    });
    const slow = judgeThroughput(spec, `${3 * MB}`, { code: 0, stderr: '' }, 3600 * MB);
    expect(said(slow.findings)).toEqual([expect.stringMatching(/1\.0MB\/s .* 1 h 00 min/)]);
    const none = judgeThroughput(spec, '0\n', { code: 1, stderr: 'Operation timed out' }, MB);
    expect(said(none.findings)).toEqual([
      expect.stringMatching(/nothing came through.*timed out.*port 8458/),
    ]);
  });
});

describe("hastd's hand-shake", () => {
  const started = frames({ started: frame('') });
  const own = (over: Readonly<Record<string, Frame>> = {}) =>
    frames({
      started: frame(''),
      reachable: frame(''),
      role: frame(''),
      connected: frame(''),
      written: frame('', 0, '4194304 bytes transferred in 0.5 secs (8388608 bytes/sec)\n'),
      read: frame(''),
      ...over,
    });

  it('passes with what was written', () => {
    expect(judgeHandshake(spec, 'hasta', own(), started)).toEqual({
      findings: [],
      details: ['hasta and hastb connected, 4 MB written at 8192 KB/s'],
    });
  });

  it.each<[string, Frames, Frames, RegExp]>([
    [
      'a hastd that does not start',
      own(),
      frames({ started: frame('', 1, 'no md') }),
      /does not start on hastb: no md/,
    ],
    ['a closed port', own({ reachable: frame('', 1) }), started, /port 8459 of hastb does not answer hasta/],
    ['no connection', own({ connected: frame('', 1) }), started, /do not connect/],
    [
      'a write that hangs',
      own({ written: frame('', 124) }),
      started,
      /a write does not come back.*do not put data/,
    ],
  ])('%s', (_, here, there, expected) => {
    expect(said(judgeHandshake(spec, 'hasta', here, there).findings)).toEqual([
      expect.stringMatching(expected),
    ]);
  });

  it('is not tried where it would take the disks with it', async () => {
    const check = CHECKS.find((one): one is ProbeCheck => one.id === 'handshake')!;
    const os = { release: '15.0-RELEASE', osreldate: 1500068, arch: 'amd64' };
    const subject = subjectOf({ hastb: { facts: { os } } });
    const target = () => {
      throw new Error('must not be asked');
    };
    const answer = await check.probe(subject, { target, signal: new AbortController().signal });
    expect(said(answer.findings)).toEqual([expect.stringMatching(/hastb runs 15\.0-RELEASE.*not tried/)]);
  });
});
