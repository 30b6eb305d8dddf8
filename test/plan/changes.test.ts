import { describe, expect, it } from 'vitest';
import { PHASES } from '../../src/plan/types.js';
import { PAIR_YAML, provider } from './fixtures.js';
import { planOver, runningPair } from './running-pair.js';

const TWO = `${PAIR_YAML.replace('storage:', '  disk1: { local: /dev/vtbd2 }\nstorage:')}  - { type: ufs, resource: disk1, mountpoint: /hast/disk1 }
`;
const POOL = PAIR_YAML.replace(
  'storage:',
  '  disk1: { local: /dev/vtbd2 }\n  disk2: { local: /dev/vtbd3 }\nstorage:',
).concat('  - { type: zfs, pool: tank, layout: mirror, resources: [disk1, disk2] }\n');
const RAW = TWO.replace(
  '{ type: ufs, resource: disk1, mountpoint: /hast/disk1 }',
  '{ type: raw, resource: disk1 }',
);
const SERVED = TWO.concat('services:\n  - { type: rc, name: postgresql }\n');

it('a pair that is as its cluster file says needs nothing', () => {
  for (const yaml of [PAIR_YAML, TWO, POOL, SERVED]) {
    const made = planOver(yaml, runningPair(yaml));
    expect(made.steps.map(({ id }) => id)).toEqual([]);
    expect(made).toMatchObject({ problems: [], refusals: [], destructions: [] });
  }
});

/** `NODE what -> impact`, in order; steps that do nothing to a running pair are left out. */
function impactsOf(made: ReturnType<typeof planOver>): string[] {
  return made.steps.flatMap(({ id, impact }) =>
    impact === undefined
      ? []
      : [`${id} ${impact.kind}${impact.seconds === undefined ? '' : ` ${impact.seconds}`}`],
  );
}

const PAUSE = ['hasta/pause/agent nothing', 'hastb/pause/agent nothing'];

interface Change {
  before?: string;
  edit: (yaml: string) => string;
  impacts: readonly string[];
  seconds: number;
}

/** Each kind of change of the cluster file, what it does to the pair, in which order, and for how long it is away. */
const CHANGES: Readonly<Record<string, Change>> = {
  'a timeout': {
    edit: (yaml) => yaml.replace('resources:', 'hast: { timeout: 15 }\nresources:'),
    impacts: ['hastb/hastd/reload reconnect', 'hasta/hastd/reload reload'],
    seconds: 0,
  },
  compression: {
    edit: (yaml) => yaml.replace('resources:', 'hast: { compression: lzf }\nresources:'),
    impacts: ['hastb/hastd/reload reconnect', 'hasta/hastd/reload reload'],
    seconds: 0,
  },
  'the checksum': {
    edit: (yaml) => yaml.replace('resources:', 'hast: { checksum: crc32 }\nresources:'),
    impacts: ['hastb/hastd/reload reconnect', 'hasta/hastd/reload reload'],
    seconds: 0,
  },
  'the replication mode': {
    edit: (yaml) => yaml.replace('resources:', 'hast: { replication: fullsync }\nresources:'),
    impacts: ['hastb/hastd/reload reconnect', 'hasta/hastd/reload reload'],
    seconds: 0,
  },
  'a replication address': {
    edit: (yaml) => yaml.replace('replication: 10.77.0.2', 'replication: 192.168.50.12'),
    impacts: [
      ...PAUSE,
      'hastb/release/disconnect/disk0 reconnect',
      'hastb/hastd/reload reconnect',
      'hasta/hastd/reload reconnect',
    ],
    seconds: 0,
  },
  'another resource': { edit: () => TWO, impacts: [], seconds: 0 },
  'the name of the cluster': {
    edit: (yaml) => yaml.replace('name: pair1', 'name: storage'),
    impacts: [],
    seconds: 0,
  },
  'the agents’ settings': {
    edit: (yaml) => `${yaml}agent: { settle: 3s, witness: [192.168.50.1] }\n`,
    impacts: [],
    seconds: 0,
  },
  'the preferred node': { edit: (yaml) => `${yaml}preferred: hastb\n`, impacts: [], seconds: 0 },
  'the preferred node, with automatic failback': {
    edit: (yaml) => `${yaml}preferred: hastb\nagent: { failback: auto }\n`,
    impacts: ['hastb/agent/usr/local/etc/hastconf/agent.conf interruption 2'],
    seconds: 2,
  },
  'a mount point': {
    edit: (yaml) => yaml.replace('/hast/disk0', '/data'),
    impacts: [...PAUSE, 'hasta/release/hast/disk0 interruption 5'],
    seconds: 5,
  },
  'a mount point under a service': {
    before: SERVED,
    edit: (yaml) => yaml.replace('/hast/disk0', '/data'),
    impacts: [
      ...PAUSE,
      'hasta/release/service/postgresql interruption 5',
      'hasta/release/hast/disk0 interruption 5',
    ],
    seconds: 5,
  },
  'a resource fewer': {
    before: TWO,
    edit: () => PAIR_YAML,
    impacts: [
      ...PAUSE,
      'hasta/release/hast/disk1 roles-drop',
      'hastb/hastd/reload roles-drop',
      'hasta/hastd/reload roles-drop',
    ],
    seconds: 0,
  },
  'a resource and its service fewer': {
    before: SERVED,
    edit: () => PAIR_YAML,
    impacts: [
      ...PAUSE,
      'hasta/release/service/postgresql roles-drop',
      'hasta/release/hast/disk1 roles-drop',
      'hastb/hastd/reload roles-drop',
      'hasta/hastd/reload roles-drop',
    ],
    seconds: 0,
  },
  'a raw resource fewer': {
    before: RAW,
    edit: () => PAIR_YAML,
    impacts: [
      ...PAUSE,
      'hasta/release/device/disk1 roles-drop',
      'hastb/hastd/reload roles-drop',
      'hasta/hastd/reload roles-drop',
    ],
    seconds: 0,
  },
  'a pool fewer': {
    before: POOL,
    edit: () => PAIR_YAML,
    impacts: [
      ...PAUSE,
      'hasta/release/pool/tank roles-drop',
      'hastb/hastd/reload roles-drop',
      'hasta/hastd/reload roles-drop',
    ],
    seconds: 0,
  },
  'a resource in place of another': {
    before: TWO,
    edit: (yaml) => yaml.replaceAll('disk1', 'data').replace('/dev/vtbd2', '/dev/vtbd3'),
    impacts: [
      ...PAUSE,
      'hasta/release/hast/disk1 roles-drop',
      'hastb/hastd/reload roles-drop',
      'hasta/hastd/reload roles-drop',
    ],
    seconds: 0,
  },
  'the provider of the standby': {
    edit: (yaml) => yaml.replace('local: /dev/vtbd1', 'local: { hasta: /dev/vtbd1, hastb: /dev/vtbd3 }'),
    impacts: [...PAUSE, 'hastb/release/disk0 roles-drop', 'hastb/hastd/reload roles-drop'],
    seconds: 0,
  },
};

describe.each(Object.entries(CHANGES))('changing %s', (_, { before = PAIR_YAML, edit, impacts, seconds }) => {
  const made = planOver(edit(before), runningPair(before));

  it('is possible', () => {
    expect(edit(before)).not.toBe(before);
    expect([...made.problems, ...(made.refusals ?? [])]).toEqual([]);
    expect(made.steps).not.toEqual([]);
  });

  it('says what it does to the running pair, in its order', () => {
    expect(impactsOf(made)).toEqual(impacts);
    expect(made.effect?.interruptionSeconds).toBe(seconds);
  });

  it('keeps the phases in order and names every step once', () => {
    const phases = made.steps.map(({ phase }) => PHASES.indexOf(phase));
    expect(phases).toEqual(phases.toSorted((a, b) => a - b));
    expect(new Set(made.steps.map(({ id }) => id)).size).toBe(made.steps.length);
  });

  it('lets agents that were told to keep still act again', () => {
    const nodesOf = (pattern: RegExp) =>
      made.steps.filter(({ id }) => pattern.test(id)).map(({ node }) => node);
    expect(nodesOf(/\/agent\/resume$/).toSorted()).toEqual(nodesOf(/\/pause\/agent$/).toSorted());
  });
});

describe('a resource that goes', () => {
  const made = planOver(PAIR_YAML, runningPair(TWO));
  const at = (id: string) => made.steps.findIndex((step) => step.id === id);

  it('is let go of before anything else hears of it, the agents before hastd', () => {
    const order = [
      'hasta/pause/agent',
      'hasta/release/hast/disk1',
      'hasta/files/usr/local/etc/hastconf/agent.conf',
      'hasta/files/etc/hast.conf',
      'hastb/hastd/reload',
      'hasta/hastd/reload',
      'hasta/agent/resume',
    ].map(at);
    expect(order).not.toContain(-1);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  });

  it('wants consent on both nodes', () => {
    expect(made.destructions).toMatchObject([
      { node: 'hasta', what: 'disk1', consented: false },
      { node: 'hastb', what: 'disk1', consented: false },
    ]);
  });

  it('leaves its copies where they are, which is said', () => {
    expect(made.notes).toEqual([
      'disk1 stays on hasta:/dev/vtbd2 and hastb:/dev/vtbd2 with its HAST metadata: a resource of that name there takes it up again',
    ]);
  });

  it('is not torn away by the reload should it be mounted again by then', () => {
    const { action } = made.steps[at('hasta/hastd/reload')]!;
    expect(action.kind === 'script' && action.script).toContain('! has_mount /dev/hast/disk1 || refuse');
  });
});

it('of a resource in place of another the agents forget the old one first and hear of the new one last', () => {
  const yaml = TWO.replaceAll('disk1', 'data').replace('/dev/vtbd2', '/dev/vtbd3');
  const writes = planOver(yaml, runningPair(TWO)).steps.flatMap(({ id, action }) =>
    id.startsWith('hasta') && action.kind === 'write' && id.includes('agent.conf') ? [{ id, action }] : [],
  );
  expect(writes.map(({ id }) => id)).toEqual([
    'hasta/files/usr/local/etc/hastconf/agent.conf',
    'hasta/agent/usr/local/etc/hastconf/agent.conf',
  ]);
  const [first, last] = writes.map(({ action }) => action);
  expect(first?.content).toMatch(/declare_resource 'disk0'/);
  expect(first?.content).not.toMatch(/disk1|data/);
  expect(last?.content).toMatch(/declare_resource 'data'/);
  expect(last?.replaces).toBe(first?.content);
});

describe('the provider of the standby', () => {
  const made = planOver(CHANGES['the provider of the standby']!.edit(PAIR_YAML));
  const ids = made.steps.map(({ id }) => id);

  it('is exchanged only once its copy has been given up, and is made anew before it comes back', () => {
    const order = ['hastb/release/disk0', 'hastb/hastd/reload', 'hastb/metadata/disk0', 'hastb/agent/resume'];
    const places = order.map((id) => ids.indexOf(id));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it('makes nothing on the primary', () => {
    expect(ids.filter((id) => id.startsWith('hasta/metadata'))).toEqual([]);
  });
});

it('says that a primary forgets a new replication mode', () => {
  const { notes } = planOver(CHANGES['the replication mode']!.edit(PAIR_YAML));
  expect(notes.join()).toMatch(/hastd on hasta goes back to the old replication mode .* make fullsync last/);
});

describe('a pause that somebody has made', () => {
  it('is left to them', () => {
    const facts = runningPair();
    facts.hastb.agent = { ...facts.hastb.agent!, state: 'maintenance', maintenanceUntil: 1795180000 };
    const ids = planOver(PAIR_YAML.replace('vhid: 1', 'vhid: 7'), facts).steps.map(({ id }) => id);
    expect(ids).toContain('hasta/pause/agent');
    expect(ids.filter((id) => /hastb\/(pause|agent\/resume)/.test(id))).toEqual([]);
  });

  it('is ended when a run of ours that was cut off has left it', () => {
    const facts = runningPair();
    facts.hastb.agent = { ...facts.hastb.agent!, state: 'maintenance', maintenanceUntil: 1795180000 };
    facts.hastb.directories = {
      ...facts.hastb.directories,
      '/var/db/hastconf/pending/agent': { empty: true, available: 1e9 },
    };
    expect(planOver(PAIR_YAML, facts).steps.map(({ id }) => id)).toEqual([
      'hastb/agent/resume',
      'hastb/agent/standby',
    ]);
  });
});

describe('a mount point that changes', () => {
  it('may be taken over from a resource that goes', () => {
    const yaml = PAIR_YAML.replaceAll('disk0', 'data')
      .replace('/dev/vtbd1', '/dev/vtbd3')
      .replace('/hast/data', '/hast/disk0');
    expect(planOver(yaml, runningPair()).problems).toEqual([]);
  });

  it('hides no files', () => {
    const facts = runningPair();
    facts.hasta.directories = { ...facts.hasta.directories, '/data': { empty: false, available: 1e9 } };
    const { problems } = planOver(PAIR_YAML.replace('/hast/disk0', '/data'), facts);
    expect(problems).toMatchObject([{ id: 'mountpoint-not-empty', node: 'hasta' }]);
  });
});

describe('a service', () => {
  const rc = (running: boolean) => ({ postgresql: { exists: true, enabled: false, running } });
  const withRc = (yaml: string, running: boolean) => {
    const facts = runningPair(yaml);
    facts.hasta.services = { ...facts.hasta.services, ...rc(running) };
    facts.hastb.services = { ...facts.hastb.services, ...rc(false) };
    return facts;
  };

  it('that is new starts where the storage is, once the agent knows of it', () => {
    const ids = planOver(SERVED, withRc(TWO, false)).steps.map(({ id }) => id);
    const start = ids.indexOf('hasta/agent/service/postgresql');
    expect(start).toBeGreaterThan(ids.indexOf('hasta/agent/usr/local/etc/hastconf/agent.conf'));
    expect(ids.filter((id) => id.includes('service/'))).toEqual(['hasta/agent/service/postgresql']);
  });

  it('that somebody stopped is started again, as drift', () => {
    const { steps } = planOver(SERVED, withRc(SERVED, false));
    expect(steps).toMatchObject([
      { id: 'hasta/agent/service/postgresql', drift: expect.stringContaining('does not run') },
    ]);
  });

  it('that leaves the cluster file alone goes on running, which is said', () => {
    const made = planOver(TWO, withRc(SERVED, true));
    expect(made.steps.filter(({ id }) => id.includes('service'))).toEqual([]);
    expect(made.notes).toEqual([expect.stringMatching(/^postgresql on hasta: left as it is/)]);
  });
});

it('a resource that comes back is not said to be made anew', () => {
  const facts = runningPair();
  const old = provider('/dev/vtbd2', { hastMetadata: { resource: 'disk1' } });
  for (const node of ['hasta', 'hastb'] as const)
    facts[node] = { ...facts[node], providers: { ...facts[node].providers, '/dev/vtbd2': old } };
  const titles = planOver(TWO, facts).steps.map(({ title }) => title);
  expect(titles).toContain('Make a UFS file system on disk1 unless it is there from before');
  expect(planOver(TWO).steps.map(({ title }) => title)).toContain('Make a UFS file system on disk1');
});
