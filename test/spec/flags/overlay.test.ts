import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProblemsError } from '../../../src/errors.js';
import { flagsOf } from '../../../src/spec/flags/command.js';
import { flagFor } from '../../../src/spec/flags/table.js';
import type { GivenFlag } from '../../../src/spec/flags/types.js';
import { loadSpec, parseSpec } from '../../../src/spec/load.js';
import { describeProblem } from '../../../src/spec/problems.js';
import { clusterSchema } from '../../../src/spec/schema.js';
import { allKeys } from '../../../src/spec/schema-walk.js';
import { serializeSpec } from '../../../src/spec/serialize.js';
import type { ClusterSpec } from '../../../src/spec/types.js';
import { clusterSpec } from '../arbitrary.js';
import { DEMO_YAML } from '../demo.js';

/** `--flag value …` as pairs. */
function given(...words: string[]): GivenFlag[] {
  return words.flatMap((word, at) => (at % 2 === 0 ? [{ flag: word, value: words[at + 1]! }] : []));
}

const NOWHERE = '/nowhere/cluster.yaml';
const alone = (flags: readonly GivenFlag[]) =>
  loadSpec(NOWHERE, { home: '/home/admin', overlay: { flags, cwd: '/work dir' } });
const over = (flags: readonly GivenFlag[], yaml = DEMO_YAML) =>
  parseSpec(yaml, 'cluster.yaml', {
    home: '/home/admin',
    directory: '/etc',
    overlay: { flags, cwd: '/work dir' },
  });

/** What is wrong, as people read it. */
async function wrong(work: () => Promise<unknown> | unknown): Promise<string[]> {
  const error: unknown = await Promise.resolve()
    .then(work)
    .catch((reason: unknown) => reason);
  if (!(error instanceof ProblemsError)) throw error;
  expect(error.exit).toBe(2);
  return error.problems.map(describeProblem);
}

const DEMO_FLAGS = given(
  ...['name', 'demo', 'node', 'hasta=ssh:10.0.2.15:2201,replication:10.77.0.1,interface:vtnet1'],
  ...['node', 'hastb=ssh:10.0.2.15:2202,replication:10.77.0.2,interface:vtnet1'],
  ...['carp-address', '192.168.50.10/24', 'vhid', '1', 'resource', 'disk0=/dev/vtbd1'],
  ...['storage', 'ufs:disk0:/hast/disk0'],
);

describe('flags alone', () => {
  it('make the same spec as the file', async () => {
    expect(await alone(DEMO_FLAGS)).toEqual(parseSpec(DEMO_YAML, 'cluster.yaml'));
  });

  it('of any spec give it back', async () => {
    await fc.assert(
      fc.asyncProperty(clusterSpec, async (spec) => {
        expect(await alone(flagsOf(spec))).toEqual(spec);
      }),
      { numRuns: 150 },
    );
  });

  it('over any other file of the same nodes and resources still give what they say', () => {
    fc.assert(
      fc.property(clusterSpec, fc.integer({ min: 1, max: 3600 }), (spec, timeout) => {
        const text = serializeSpec({ ...spec, hast: { ...spec.hast, timeout } });
        const flags = flagsOf(spec).concat(given('hast-timeout', `${spec.hast.timeout}s`));
        expect(over(flags, text)).toEqual(spec);
      }),
      { numRuns: 50 },
    );
  });

  it('name everything that is missing at once, each with its flag', async () => {
    expect(await wrong(() => alone(given('hast-timeout', '5')))).toEqual([
      'carp.address: is missing -- give it with --carp-address <address/prefix>',
      'carp.vhid: is missing -- give it with --vhid <1-255>',
      'name: is missing -- give it with --name <name>',
      'nodes: must have exactly two nodes, not 0 -- give it with --node NAME=ssh:HOST,replication:ADDRESS,interface:NAME',
      'resources: must have at least one resource -- give it with --resource NAME=/dev/DISK',
    ]);
    expect(
      await wrong(() =>
        alone([
          ...DEMO_FLAGS.slice(0, 2),
          ...DEMO_FLAGS.slice(3),
          ...given('node', 'hastb=interface:vtnet1'),
        ]),
      ),
    ).toEqual([
      '--node nodes.hastb.replication: is missing -- give it with --node hastb=replication:ADDRESS',
      '--node nodes.hastb.ssh: is missing -- give it with --node hastb=ssh:[USER@]HOST[:PORT]',
    ]);
  });

  it('are not made up where none is given', async () => {
    await expect(alone([])).rejects.toMatchObject({
      exit: 2,
      message: `cannot read the cluster file ${NOWHERE}`,
    });
  });
});

describe('flags over a file', () => {
  it.each<[string, string[], (spec: ClusterSpec) => unknown, unknown]>([
    ['one value', ['vhid', '7'], ({ carp }) => carp.vhid, 7],
    ['the last of several', ['vhid', '7', 'vhid', '8'], ({ carp }) => carp.vhid, 8],
    [
      'one field of a node',
      ['node', 'hastb=interface:em0'],
      ({ nodes }) => [nodes[1].interface, nodes[1].replication],
      ['em0', '10.77.0.2'],
    ],
    [
      'a login as a whole',
      ['node', 'hastb=ssh:op@b,become:sudo'],
      ({ nodes }) => nodes[1].ssh,
      { host: 'b', user: 'op', become: 'sudo' },
    ],
    [
      'an IPv6 login',
      ['node', 'hastb=ssh:[2001:db8::2]:2222'],
      ({ nodes }) => nodes[1].ssh,
      { host: '2001:db8::2', port: 2222, become: 'none' },
    ],
    [
      'a bare IPv6 login',
      ['node', 'hastb=ssh:2001:db8::2'],
      ({ nodes }) => nodes[1].ssh,
      { host: '2001:db8::2', become: 'none' },
    ],
    ['this machine', ['node', 'hasta=local'], ({ nodes }) => nodes[0].ssh, { local: true }],
    [
      'a file from the working directory',
      ['node', 'hasta=identity:k\\,1'],
      ({ nodes }) => (nodes[0].ssh as { identity: string }).identity,
      '/work dir/k,1',
    ],
    ['a file at home', ['carp-password-file', '~/p'], ({ carp }) => carp.passwordFile, '/home/admin/p'],
    [
      'a resource more',
      ['resource', 'd1=hasta:/dev/a,hastb:/dev/b'],
      ({ resources }) => resources.map(({ local }) => local.hastb),
      ['/dev/vtbd1', '/dev/b'],
    ],
    [
      'another provider',
      ['resource', 'disk0=zvol:hasta:tank/a/v,hastb:zdata/v:1G'],
      ({ resources }) => resources[0]!.zvol,
      { name: 'v', size: 2 ** 30, pool: { hasta: 'tank/a', hastb: 'zdata' } },
    ],
    [
      'the storage as a whole',
      ['storage', 'raw:disk0'],
      ({ storage }) => storage,
      [{ type: 'raw', resource: 'disk0' }],
    ],
    ['no storage', ['storage', 'none'], ({ storage }) => storage, []],
    [
      'exports, a line each',
      ['service', 'nfs:/hast/disk0 -ro', 'service', 'rc:x', 'service', 'nfs:/hast/disk0 a,b'],
      ({ services }) => services,
      [
        { type: 'nfs', exports: ['/hast/disk0 -ro', '/hast/disk0 a,b'] },
        { type: 'rc', name: 'x' },
      ],
    ],
    [
      'witnesses',
      ['witness', '192.168.50.1', 'witness', '192.168.50.2'],
      ({ agent }) => agent.witness,
      ['192.168.50.1', '192.168.50.2'],
    ],
    ['a switch', ['carp-unicast', 'yes'], ({ carp }) => carp.unicast, true],
  ])('%s', (_, words, look, expected) => {
    expect(look(over(given(...words)))).toEqual(expected);
  });

  it.each<[string[], string]>([
    [['vhid', '300'], '--vhid carp.vhid: must be a whole number from 1 to 255, not "300"'],
    [['vhid', 'x'], '--vhid carp.vhid: must be a whole number from 1 to 255, not "x"'],
    [
      ['node', 'hasta'],
      '--node: "hasta" must be NAME=FIELD:VALUE,…, such as hasta=ssh:root@192.0.2.11,replication:10.77.0.1',
    ],
    [
      ['node', 'hasta=port:1'],
      '--node: "hasta=port:1" has "port:1", which is none of ssh:…, local, identity:…, become:…, replication:…, interface:…',
    ],
    [
      ['node', 'hasta=replication:10.77.0.2'],
      'cluster.yaml:10:18 nodes.hastb.replication: is the other node’s address too',
    ],
    [
      ['node', 'hastb=replication:10.77.0.1'],
      '--node nodes.hastb.replication: is the other node’s address too',
    ],
    [
      ['resource', 'disk0=zvol:tank:1G'],
      '--resource: "disk0=zvol:tank:1G" must be NAME=zvol:POOL/NAME:SIZE, such as vol0=zvol:tank/vol0:50G',
    ],
    [
      ['resource', 'disk0=da1'],
      '--resource resources.disk0.local: "da1" must be an absolute path such as /dev/da1',
    ],
    [
      ['storage', 'ufs:disk0'],
      '--storage: "ufs:disk0" must be one of ufs:RESOURCE:MOUNTPOINT[,OPTION,…][,journal:no], zfs:POOL:LAYOUT:RESOURCE,…[,PROPERTY=VALUE,…][,keyFile:FILE[,keyFormat:raw|hex|passphrase]], raw:RESOURCE',
    ],
    [
      ['preferred', 'hastc'],
      '--preferred preferred: must be one of the nodes, hasta or hastb (did you mean hasta?)',
    ],
  ])('%j is told of the flag', async (words, expected) => {
    expect(await wrong(() => over(given(...words)))).toEqual([expected]);
  });

  it('stand beside what the file lacks', async () => {
    expect(
      await wrong(() =>
        over([], DEMO_YAML.replace('  vhid: 1\n', '').replace(/ssh: .*2202 }/, 'local: false')),
      ),
    ).toEqual([
      'cluster.yaml:8:3 nodes.hastb.ssh: is missing -- ssh: { host: NAME } says how to reach the node, local: true that hastconf runs on it; or give it with --node hastb=ssh:[USER@]HOST[:PORT]',
      'cluster.yaml:12:1 carp.vhid: is missing -- give it with --vhid <1-255>',
    ]);
  });

  it('name the environment variable that gave a value', async () => {
    const flags = [{ flag: 'carp-password-file', value: '/x/', source: 'HASTCONF_CARP_PASSWORD_FILE' }];
    expect((await wrong(() => over(flags)))[0]).toMatch(/^HASTCONF_CARP_PASSWORD_FILE carp.password.file: /);
  });
});

describe('the table', () => {
  it('has a flag for every key of the cluster file', () => {
    const without = allKeys(clusterSchema).filter((key) => flagFor(key.split('.')) === undefined);
    expect(without).toEqual(['version', 'carp', 'carp.password', 'hast', 'agent']);
  });
});
