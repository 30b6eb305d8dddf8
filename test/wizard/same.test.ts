import { beforeAll, describe, expect, it } from 'vitest';
import { deriveQuick } from '../../src/quick/derive.js';
import { fragmentText } from '../../src/render/fragment.js';
import { render } from '../../src/render/render.js';
import { placeholderChap } from '../../src/spec/chap-secrets.js';
import { flagsOf } from '../../src/spec/flags/command.js';
import { parseSpec, specOfData } from '../../src/spec/load.js';
import { normalise } from '../../src/spec/normalise.js';
import type { RawCluster } from '../../src/spec/schema.js';
import { Secret } from '../../src/spec/secret.js';
import { serializeSpec } from '../../src/spec/serialize.js';
import type { ClusterSpec } from '../../src/spec/types.js';
import { draftOf } from '../../src/wizard/answers-to-draft.js';
import { askAll } from '../../src/wizard/ask-all.js';
import type { Pair } from '../../src/wizard/types.js';
import { contextOf } from '../../src/wizard/wizard.js';
import { type Line, measuredPair, played } from './fixtures.js';

const FILE = `version: 1
name: hasta-hastb
nodes:
  hasta: { local: true, replication: 10.77.0.1, interface: vtnet1 }
  hastb: { ssh: { host: 192.0.2.12 }, replication: 10.77.0.2, interface: vtnet1 }
carp: { address: 192.168.50.10/24, vhid: 1 }
resources:
  vol0: { zvol: { pool: { hasta: tank, hastb: zdata }, name: vol0, size: 200M } }
storage:
  - { type: raw, resource: vol0 }
`;

const FLAGS = [
  ['name', 'hasta-hastb'],
  ['node', 'hasta=local,replication:10.77.0.1,interface:vtnet1'],
  ['node', 'hastb=ssh:192.0.2.12,replication:10.77.0.2,interface:vtnet1'],
  ['carp-address', '192.168.50.10/24'],
  ['vhid', '1'],
  ['resource', 'vol0=zvol:hasta:tank/vol0,hastb:zdata/vol0:200M'],
  ['storage', 'raw:vol0'],
].map(([flag, value]) => ({ flag: flag!, value: value! }));

const ANSWERS: readonly Line[] = [
  ['First machine', 'local'],
  ['Second machine', '192.0.2.12'],
  ['Which link', '10.77.0.1 10.77.0.2'],
  ['Address', '192.168.50.10'],
  ['third machine', 'none'],
  ['replicated', ['new-zvol']],
  ['Name of the new volume', 'vol0'],
  ['Size', '200M'],
  ['What should be on it', 'raw'],
  ['storage for', []],
];

function pairWithPools(): Pair {
  const zfs = (name: string) => ({
    zfs: { loaded: true, pools: [{ name, size: 2 ** 40, free: 2 ** 39, health: 'ONLINE' }], volumes: [] },
  });
  return measuredPair({ first: zfs('tank'), second: zfs('zdata') });
}

async function byWizard(): Promise<ClusterSpec> {
  const { wizard, rest } = played(ANSWERS, {}, pairWithPools());
  wizard.here = { ...wizard.here, freebsd: true };
  expect(await askAll(wizard)).toBe('answered');
  expect(rest).toEqual([]);
  const written = serializeSpec(normalise(draftOf(contextOf(wizard)) as RawCluster, wizard.files));
  return parseSpec(written, 'cluster.yaml', wizard.files);
}

function byQuick(): ClusterSpec {
  const { data, gaps, problems } = deriveQuick(
    {
      login: { host: '192.0.2.12', become: 'none' },
      remoteIp: '10.77.0.2',
      carpIp: '192.168.50.10',
      remotePool: 'zdata',
      volPath: '/dev/zvol/tank/vol0',
      volSize: '200M',
      hastvolName: 'vol0',
    },
    withVolume(pairWithPools()).facts,
  );
  expect([gaps, problems]).toEqual([[], []]);
  return specOfData(data, 'what was derived', { overlay: { flags: [], cwd: '/' } });
}

/** hastconf.sh's volume is there already on the first node. */
function withVolume(pair: Pair): Pair {
  const [first, second] = pair.facts;
  const volumes = [{ name: 'tank/vol0', size: 200 * 2 ** 20 }];
  return { ...pair, facts: [{ ...first, zfs: { ...first.zfs, volumes } }, second] };
}

describe('one pair described in four ways', () => {
  let fromFile: ClusterSpec;
  beforeAll(() => {
    fromFile = parseSpec(FILE, 'cluster.yaml');
  });

  const ways: [string, () => ClusterSpec | Promise<ClusterSpec>][] = [
    ['the wizard', byWizard],
    ['hastconf quick', byQuick],
    ['flags', () => specOfData({ version: 1 }, 'flags', { overlay: { flags: FLAGS, cwd: '/' } })],
    [
      'the flags that the wizard prints',
      async () =>
        specOfData({ version: 1 }, 'flags', { overlay: { flags: flagsOf(await byWizard()), cwd: '/' } }),
    ],
  ];

  it.each(ways)('%s: the same spec and the same files as the cluster file', async (_, make) => {
    const spec = await make();
    expect(spec).toEqual(fromFile);
    expect(tree(spec)).toEqual(tree(fromFile));
  });
});

function tree(spec: ClusterSpec): Record<string, string> {
  const secrets = { carpPassword: new Secret('swordfish'), chap: placeholderChap(spec, 'ASecretOfTests') };
  const files = render(spec, secrets, { nodes: {} });
  return Object.fromEntries(files.map((file) => [`${file.node}${file.path}`, fragmentText(file)]));
}
