import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HastconfError } from '../../src/errors.js';
import { gather } from '../../src/facts/gather.js';
import { factsRequest } from '../../src/facts/request.js';
import type { NodeFacts } from '../../src/facts/types.js';
import { plan } from '../../src/plan/plan.js';
import type { Target } from '../../src/remote/target.js';
import { clusterStatus } from '../../src/report/status.js';
import { statusText } from '../../src/report/status-text.js';
import type { ClusterSpec } from '../../src/spec/types.js';
import { freshPair, PAIR_YAML, pairSpec } from '../plan/fixtures.js';

/** Ids of frames that a facts script has. */
const IDS =
  'agent agent.key clock devices.contents devices.names directories.kinds directories.space disks.geom disks.info disks.labels disks.names disks.parts disks.tables hast.config hast.dump.0 hast.list host-keys identity.hostid identity.hostname identity.hostuuid interfaces lock module.carp mounts os.arch os.osreldate os.release peer-user ping programs provider.0.kind provider.0.info provider.0.head provider.0.content provider.0.mark provider.0.labels provider.0.real file.0.kind file.0.stat file.0.text file.1.kind file.1.text rc.sysrc route service.0.script service.0.rcvar sysctl.0 swap uid zfs.loaded zfs.pools zfs.status zfs.volumes'.split(
    ' ',
  );

/** Pieces of what these commands say, and of what nobody should. */
const PIECES = [
  'disk0:\n  role: primary\n',
  '  status: complete\n',
  '  dirty: 12 (12B)\n',
  '  localpath: /dev/vtbd1\n',
  '    local errors: read: 1\n',
  '__proto__:\n  role: primary\n',
  'constructor:\n',
  '{"version":"1","state":"serving","epoch":1e999,"maintenanceUntil":"x"}',
  '{"state":null,"resources":{"__proto__":1}}',
  'null',
  '[]',
  'vtnet1: flags=1<UP> metric 0 mtu 1500\n',
  '\tinet 192.168.50.10 netmask 0xzz vhid 1\n',
  '\tinet 10.77.0.1/99\n',
  '\tcarp: MASTER vhid 1 advbase 1 advskew 999\n',
  '\tinet6 fe80::1%vtnet1 prefixlen x\n',
  'hasta',
  'hasta.example.org\n',
  '0\n',
  '-1\n',
  '1e999\n',
  '1700000000\n',
  '/dev/hast/disk0 /hast/disk0 ufs rw 0 0\n',
  '/dev/hast/disk0\t0\tufs\n',
  'device\n',
  'file\n',
  'missing\n',
  '/etc/passwd\n',
  'vtbd1\t512\t536870912\t1048576\n',
  '1109',
  'ff',
  'hastd_enable: YES\n',
  '__proto__: x\n',
  'ifconfig_vtnet1_alias0: inet vhid 1 pass x alias 192.168.50.10/24\n',
  'root wheel 600 19\n',
  'resource disk0 { on hasta { local /dev/vtbd1 remote tcp4://x } }\n',
  '  pool: tank\n',
  '\ttank\n',
  '\t  mirror-0\n',
  '\t    vtbd1\n',
  'tank\t1\t2\tONLINE\n',
  '0 0\n',
  'default 10.0.0.1 UGS vtnet0\n',
  '\0',
  '\x1b[2J',
  '\n',
  ' ',
];

interface Said {
  text: string;
  code: number;
}
const said = fc.record({
  text: fc.array(fc.constantFrom(...PIECES), { maxLength: 8 }).map((parts) => parts.join('')),
  code: fc.constantFrom(0, 0, 0, 1, 65, 124, 127),
});
const node = fc.array(said, { minLength: IDS.length, maxLength: IDS.length });

/** A node whose facts script says this. */
function sayingAll(name: string, all: readonly Said[]): Target {
  const script = async (text: string) => {
    const nonce = /^nonce=(\w+)$/m.exec(text)![1]!;
    const frames = IDS.map((id, at) => {
      const { text: stdout, code } = all[at]!;
      return `${nonce} begin ${id}\n${stdout}\n${nonce} stderr\nwords\n${nonce} end ${code}\n`;
    });
    return { code: 0, signal: null, stdout: `${frames.join('')}${nonce} done\n`, stderr: '' };
  };
  return { node: name, script } as unknown as Target;
}

async function factsOf(spec: ClusterSpec, name: string, all: readonly Said[]): Promise<NodeFacts> {
  return gather(sayingAll(name, all), factsRequest(spec, name));
}

/** Only what was meant for people may be thrown. */
function orExpected(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof HastconfError)) throw error;
  }
}

describe('whatever two nodes say', () => {
  it('gives facts, a plan and a status, and nothing unexpected is thrown', async () => {
    const spec = pairSpec();
    await fc.assert(
      fc.asyncProperty(node, node, async (one, two) => {
        const facts = { hasta: await factsOf(spec, 'hasta', one), hastb: await factsOf(spec, 'hastb', two) };
        orExpected(() => plan({ spec, facts, files: [], destroy: [], ignoredChecks: [] }));
        const readings = Object.values(facts).map((own) => ({ node: own.node, facts: own }));
        orExpected(() =>
          statusText(clusterStatus(spec, readings as never, new Date(0)), { color: false, width: 80 }),
        );
        expect(Object.getPrototypeOf({})).toBe(Object.prototype);
        expect('role' in {}).toBe(false);
      }),
      { numRuns: 150 },
    );
  }, 120_000);
});

/** As gather hands them over: no record has a prototype. */
function bare<T>(value: T): T {
  if (Array.isArray(value)) return value.map(bare) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, own]) => [key, bare(own)]);
  return Object.assign(Object.create(null), Object.fromEntries(entries));
}

it('records of names have no prototype', async () => {
  const all = IDS.map((id) => ({
    text: id === 'rc.sysrc' ? 'hastd_enable: YES\n__proto__: x\n' : '',
    code: 0,
  }));
  const facts = await factsOf(pairSpec(), 'hasta', all);
  for (const own of [
    facts.rc,
    facts.hast.resources,
    facts.hast.metadata,
    facts.providers,
    facts.files,
    facts.services,
  ])
    expect(Object.getPrototypeOf(own)).toBeNull();
  expect(Object.keys(facts.rc)).toContain('__proto__');
});

describe.each(['constructor', 'toString', 'valueOf', 'hasOwnProperty'])('a resource called %s', (name) => {
  it('is planned like any other: what Object has is no fact', () => {
    const spec = pairSpec(PAIR_YAML.replaceAll('disk0', name));
    const shape = (made: ReturnType<typeof plan>) =>
      made.steps.map(({ id }) => id.replaceAll(name, 'disk0')).concat(made.problems.map(({ id }) => id));
    const request = { facts: bare(freshPair()), files: [], destroy: [], ignoredChecks: [] };
    expect(shape(plan({ ...request, spec }))).toEqual(shape(plan({ ...request, spec: pairSpec() })));
  });
});
