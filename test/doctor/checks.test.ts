import { describe, expect, it } from 'vitest';
import { CHECKS } from '../../src/doctor/checks/index.js';
import { CHECK_IDS } from '../../src/doctor/ids.js';
import { runChecks } from '../../src/doctor/run.js';
import type { Check, FactsCheck, Subject } from '../../src/doctor/types.js';
import type { NodeFacts } from '../../src/facts/types.js';
import { hast, vtnet1 } from '../report/pair.js';
import { resource } from '../sync/samples.js';
import { doctorSpec, healthy, type Name, type Side, subjectOf } from './subject.js';

const onFacts = CHECKS.filter((check): check is FactsCheck => 'test' in check);
const probes = {
  signal: new AbortController().signal,
  target: () => {
    throw new Error('no probe here');
  },
};

const results = (subject: Subject, checks: readonly Check[] = onFacts) =>
  runChecks(checks, subject, { ignore: [], probes });

/** `id state` of everything that has not passed. */
async function notPassed(subject: Subject): Promise<string[]> {
  const all = await results(subject);
  return all.filter(({ state }) => state !== 'passed').map(({ check, state }) => `${check.id} ${state}`);
}

const withFile = (node: Name, path: string, content: string | undefined): Side => ({
  facts: {
    files: {
      ...healthy(node).files,
      [path]: content === undefined ? undefined : { content, owner: 'root', group: 'wheel', mode: 0o644 },
    },
  },
});
const sysctl = (name: string, value: string): Side => ({
  facts: { sysctls: { ...healthy('hasta').sysctls, [`net.inet.carp.${name}`]: value } },
});
const service = (name: string, over: Partial<NodeFacts['services'][string]>): Side => ({
  facts: {
    services: {
      ...healthy('hasta').services,
      [name]: { exists: true, enabled: true, running: true, ...over },
    },
  },
});
const agent = (node: Name, over: object): Side => ({
  facts: { agent: { ...healthy(node).agent!, ...over } },
});
const hastConf = (from: string | RegExp, to: string): Side =>
  withFile('hasta', '/etc/hast.conf', healthy('hasta').files['/etc/hast.conf']!.content.replace(from, to));
const zfsSpec = (): Subject['spec'] => ({
  ...doctorSpec(),
  storage: [{ type: 'zfs', pool: 'failover', layout: 'stripe', resources: ['disk0'] }],
});

describe('every check', () => {
  it('has an id of its own, a title that fits a line, and a sentence that says what it means', () => {
    expect(CHECKS.map(({ id }) => id)).toEqual([...CHECK_IDS]);
    expect(new Set(CHECK_IDS).size).toBe(CHECKS.length);
    for (const { id, title, meaning } of CHECKS) {
      expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(`[x] ${id}: ${title}`.length, id).toBeLessThanOrEqual(80);
      expect(meaning, id).toMatch(/^[A-Za-z].*\.$/);
    }
  });

  it('lets a job alone that asks the agent first, and a service that the agent moves', async () => {
    const job =
      "/etc/crontab:0 3 * * * root carp-hast-switch status | grep -q ': serving' || exit 0; rsync -a /a b:/a";
    const spec = { ...doctorSpec(), services: [{ type: 'rc', name: 'zrepl' }] as const };
    const moved = { ...healthy('hasta').services, zrepl: { exists: true, enabled: false, running: true } };
    const sides = { hasta: { facts: { services: moved }, answers: { copyJobs: [job] } } };
    expect(await notPassed(subjectOf(sides, spec))).toEqual([]);
  });

  it('passes on a healthy pair', async () => {
    expect(await notPassed(subjectOf())).toEqual([]);
  });

  it('says nothing that it does not know when a node is away', async () => {
    const states = await notPassed(subjectOf({ hastb: 'unreachable' }));
    expect(states[0]).toBe('nodes failed');
    expect(states.filter((one) => one.endsWith(' failed'))).toEqual(['nodes failed']);
    expect(states).toContain('configuration skipped');
  });
});

describe('what each check finds', () => {
  const a = (side: Side) => subjectOf({ hasta: side });
  const b = (side: Side) => subjectOf({ hastb: side });
  const cases: [string, string, Subject, string, RegExp][] = [
    [
      'remote-address',
      'failed',
      a(hastConf('remote tcp4://10.77.0.2', 'remote tcp4://192.168.50.11:8457')),
      'hasta',
      /own address 192\.168\.50\.11/,
    ],
    [
      'remote-address',
      'failed',
      a(hastConf('remote tcp4://10.77.0.2', 'remote none')),
      'hasta',
      /no second copy/,
    ],
    [
      'hastd-configuration',
      'failed',
      a(hastConf('local /dev/vtbd1', 'local /dev/da9')),
      'hasta',
      /runs with local \/dev\/vtbd1, and .* says \/dev\/da9/,
    ],
    [
      'hastd-configuration',
      'failed',
      a(hastConf('replication memsync', 'replication async')),
      'hasta',
      /memsync/,
    ],
    [
      'hastd-configuration',
      'failed',
      a(withFile('hasta', '/etc/hast.conf', 'resource {')),
      'hasta',
      /not valid/,
    ],
    [
      'hastd-configuration',
      'failed',
      a({ facts: { directories: { '/var/db/hastconf/pending/hastd': { empty: true, available: 1 } } } }),
      'hasta',
      /hastd not told/,
    ],
    ['services', 'failed', b(service('carp_hast', { running: false })), 'hastb', /carp_hast does not run/],
    [
      'agent',
      'failed',
      a(withFile('hasta', '/usr/local/sbin/carp-hast-switch', '#!/bin/sh\n')),
      'hasta',
      /not the one/,
    ],
    ['agent', 'failed', a(service('carp_hast', { enabled: false })), 'hasta', /not start at boot/],
    [
      'agent',
      'failed',
      b(agent('hastb', { alarms: ['peer-silent'], alarmsSince: { 'peer-silent': 1795160000 } })),
      'hastb',
      /raises peer-silent since 2026-11-20T/,
    ],
    [
      'epochs',
      'failed',
      subjectOf({
        hasta: agent('hasta', { agreedEpoch: 1 }),
        hastb: agent('hastb', { epoch: 3, agreedEpoch: 1 }),
      }),
      '',
      /2 and hastb at 3, and neither/,
    ],
    ['epochs', 'warning', b(agent('hastb', { epoch: 3, agreedEpoch: 1 })), '', /hastb went on alone/],
    [
      'roles',
      'failed',
      b({ facts: { hast: hast([resource('disk0', 'primary', 'degraded')]) } }),
      '',
      /both nodes/,
    ],
    [
      'replication',
      'failed',
      b({ facts: { hast: hast([resource('disk0', 'secondary')]) } }),
      '',
      /does not act/,
    ],
    ['storage', 'failed', a({ facts: { mounts: [] } }), '', /not mounted/],
    [
      'devd-rules',
      'failed',
      a(
        withFile(
          'hasta',
          '/etc/devd/mine.conf',
          'notify 200 { match "system" "CARP"; action "/root/move"; };\n',
        ),
      ),
      'hasta',
      /does not wake the agent for MASTER, BACKUP, INIT: \/etc\/devd\/mine\.conf line 1 \(priority 200\)/,
    ],
    [
      'devd-rules',
      'warning',
      a(
        withFile(
          'hasta',
          '/etc/devd/mine.conf',
          'notify 10 { match "system" "CARP"; action "/root/tell"; };\n',
        ),
      ),
      'hasta',
      /another rule on hasta reacts to CARP: .*\/root\/tell/,
    ],
    [
      'devd-rules',
      'failed',
      a(withFile('hasta', '/etc/devd/bad.conf', 'notify {')),
      'hasta',
      /devd does not start/,
    ],
    [
      'boot-order',
      'failed',
      a({ answers: { bootOrder: ['/etc/rc.d/devd', '/usr/local/etc/rc.d/carp_hast', '/etc/rc.d/hastd'] } }),
      'hasta',
      /before hastd/,
    ],
    [
      'boot-order',
      'failed',
      a(withFile('hasta', '/usr/local/etc/rc.d/carp_hast', '#!/bin/sh\n# KEYWORD: nojail\n')),
      'hasta',
      /nothing stops the agent/,
    ],
    [
      'pool-cache',
      'failed',
      subjectOf({ hasta: { answers: { cachefile: { failover: '-' } } } }, zfsSpec()),
      'hasta',
      /kept in a cache file/,
    ],
    [
      'pool-cache',
      'failed',
      subjectOf({ hastb: { answers: { cachedPools: ['failover'] } } }, zfsSpec()),
      'hastb',
      /a cache file on hastb names pool failover/,
    ],
    [
      'fstab',
      'failed',
      a(
        withFile(
          'hasta',
          '/etc/fstab',
          '# /dev/hast/x /x ufs rw 0 0\n/dev/hast/disk0 /hast/disk0 ufs rw 2 2\n',
        ),
      ),
      'hasta',
      /\/dev\/hast\/disk0 on \/hast\/disk0/,
    ],
    [
      'fstab',
      'warning',
      a(withFile('hasta', '/etc/fstab', '/dev/hast/disk0 /hast/disk0 ufs rw,noauto 2 2\n')),
      'hasta',
      /fstab/,
    ],
    ['carp-settings', 'failed', a(sysctl('preempt', '0')), 'hasta', /preempt is 0/],
    ['carp-settings', 'failed', a(sysctl('allow', '0')), 'hasta', /CARP is off/],
    ['carp-settings', 'warning', a(sysctl('demotion', '240')), 'hasta', /demotion is 240/],
    ['carp-identity', 'failed', b({ answers: { carpKey: 'other' } }), 'hastb', /another CARP password/],
    [
      'carp-identity',
      'failed',
      b({
        facts: {
          interfaces: [
            {
              ...vtnet1('BACKUP', 20),
              addresses: ['192.168.50.10', '192.168.50.99'].map((address) => ({
                family: 4 as const,
                address,
                prefixLength: 24,
                vhid: 1,
              })),
            },
          ],
        },
      }),
      '',
      /VHID 1 has 192\.168\.50\.10 on hasta and 192\.168\.50\.10, 192\.168\.50\.99 on hastb/,
    ],
    [
      'carp-network',
      'warning',
      a({ facts: { rc: { ...healthy('hasta').rc, ifconfig_bridge0: 'addm vtnet1 up' } } }),
      'hasta',
      /member of bridge0/,
    ],
    [
      'firewall',
      'failed',
      a({ answers: { pfRules: 'block drop in all\npass in proto tcp' } }),
      'hasta',
      /pf on hasta/,
    ],
    [
      'firewall',
      'warning',
      a({
        answers: {
          pfRules:
            'block return all\npass quick proto carp all\npass in proto tcp from any to any port = ssh',
        },
      }),
      'hasta',
      /no rule passes port 8457$/,
    ],
    [
      'witness',
      'failed',
      a({ facts: { ping: { '192.168.50.1': false } } }),
      'hasta',
      /192\.168\.50\.1 does not answer/,
    ],
    ['clock', 'warning', a(service('ntpd', { running: false })), 'hasta', /no time daemon/],
    [
      'clock',
      'failed',
      a({ facts: { clock: { epoch: 1_795_169_000, askedAtMs: 0, answeredAtMs: 5 } } }),
      '',
      /apart/,
    ],
    ['syslog', 'failed', a(service('syslogd', { running: false })), 'hasta', /syslogd does not run/],
    [
      'third-copy',
      'failed',
      b({
        facts: {
          services: { ...healthy('hastb').services, zrepl: { exists: true, enabled: false, running: true } },
        },
      }),
      'hastb',
      /zrepl runs on hastb, which does not have the storage/,
    ],
    ['third-copy', 'warning', a(service('zrepl', { enabled: true })), 'hasta', /zrepl is started at boot/],
    [
      'third-copy',
      'warning',
      a(service('zrepl', { enabled: false })),
      'hasta',
      /zrepl runs on hasta, and will not move/,
    ],
    [
      'third-copy',
      'warning',
      a({ answers: { copyJobs: ['/etc/crontab:0 3 * * * root rsync -a /hast/disk0/ backup:/hast'] } }),
      'hasta',
      /\/etc\/crontab on hasta copies something wherever the storage is: 0 3 \* \* \*/,
    ],
    [
      'syslog',
      'failed',
      a({ answers: { syslogLines: ['mail.info /var/log/maillog'] } }),
      'hasta',
      /local0\.notice/,
    ],
    [
      'syslog',
      'warning',
      a({ answers: { syslogLines: ['*.notice /var/log/messages', '#daemon.info /x'] } }),
      'hasta',
      /daemon\.info/,
    ],
    [
      'disks',
      'failed',
      a({ answers: { smart: { '/dev/ada0': 'overall-health self-assessment test result: FAILED!' } } }),
      'hasta',
      /FAILED/,
    ],
    [
      'disks',
      'warning',
      a({ answers: { diskMessages: ['Nov 20 hasta kernel: g_vfs_done():hast/disk0[WRITE] error = 5'] } }),
      'hasta',
      /a line about disks .* error = 5/,
    ],
    [
      'failover-time',
      'warning',
      subjectOf({}, { ...doctorSpec(), carp: { ...doctorSpec().carp, advbase: 3 } }),
      '',
      /noticed 6 s later/,
    ],
    [
      'failover-time',
      'warning',
      a({
        answers: {
          tunefs: {
            '/hast/disk0':
              'tunefs: soft updates: (-n) enabled\ntunefs: soft update journaling: (-j) disabled\n',
          },
        },
      }),
      'hasta',
      /no journal/,
    ],
    [
      'isolation',
      'failed',
      subjectOf({}, { ...doctorSpec(), hast: { ...doctorSpec().hast, timeout: 3 } }),
      '',
      /hast\.timeout is 3 s/,
    ],
    [
      'isolation',
      'warning',
      subjectOf({}, { ...doctorSpec(), agent: { ...doctorSpec().agent, witness: [] } }),
      '',
      /no witness/,
    ],
    [
      'service-identity',
      'failed',
      subjectOf(
        { hasta: withFile('hasta', '/etc/exports', '/hast/disk0\n') },
        { ...doctorSpec(), services: [{ type: 'nfs', exports: ['/hast/disk0'] }] },
      ),
      '',
      /\/etc\/exports differs/,
    ],
  ];

  it.each(cases)('%s %s: %#', async (id, state, subject, node, saw) => {
    const found = (await results(subject)).find(({ check }) => check.id === id)!;
    expect(found.findings.map((one) => one.saw).join('\n')).toMatch(saw);
    expect(found.state).toBe(state);
    expect(found.findings.some((one) => (one.node ?? '') === node)).toBe(true);
    for (const { fix, repair } of found.findings) {
      expect(fix.length).toBeGreaterThan(5);
      if (repair) expect(['hasta', 'hastb']).toContain(repair.node);
    }
  });

  it('shows no password, in whatever it says', async () => {
    const found = await results(b({ answers: { carpKey: 'other' } }));
    expect(JSON.stringify(found)).not.toMatch(/s3cret|other"/);
  });

  it('offers the plan’s steps and problems', async () => {
    const subject = subjectOf();
    const step = {
      id: 'x',
      node: 'hasta',
      phase: 'files',
      title: 'Write /etc/hast.conf',
      risk: 'none',
      diff: '-a\n+b',
      drift: 'changed since the apply of today',
      action: { kind: 'script', script: '' },
    } as const;
    const problem = {
      id: 'no-space',
      node: 'hastb',
      message: 'the disk of hastb is full',
      remedy: 'make room',
    };
    const { diff: _, ...waiting } = step;
    const plan = { ...subject.plan!, steps: [step, waiting], problems: [problem] };
    const found = await results({ ...subject, plan });
    const of = (id: string) => found.find(({ check }) => check.id === id)!;
    expect(of('preflight')).toMatchObject({
      state: 'failed',
      findings: [{ saw: problem.message, fix: 'make room' }],
    });
    expect(of('configuration').findings.map(({ level }) => level)).toEqual(['failed', 'warning']);
    expect(of('configuration').findings[0]?.saw).toContain('changed since the apply of today');
  });
});
