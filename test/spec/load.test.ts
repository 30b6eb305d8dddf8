import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HastconfError, ProblemsError } from '../../src/errors.js';
import { loadSpec, parseSpec } from '../../src/spec/load.js';
import { describeProblem } from '../../src/spec/problems.js';
import { DEMO_YAML, demoSpec } from './demo.js';

function problems(text: string): string[] {
  try {
    parseSpec(text, 'cluster.yaml');
  } catch (error) {
    if (error instanceof ProblemsError) {
      expect(error.exit).toBe(2);
      return error.problems.map(describeProblem);
    }
    throw error;
  }
  return [];
}

/** The demo file with `from` replaced, which must be there. */
function changed(from: string, to: string): string {
  expect(DEMO_YAML).toContain(from);
  return DEMO_YAML.replace(from, to);
}

describe('parseSpec', () => {
  it('fills in the defaults', () => {
    expect(demoSpec()).toEqual({
      version: 1,
      name: 'demo',
      nodes: [
        {
          name: 'hasta',
          ssh: { host: '10.0.2.15', port: 2201, become: 'none' },
          replication: '10.77.0.1',
          interface: 'vtnet1',
        },
        {
          name: 'hastb',
          ssh: { host: '10.0.2.15', port: 2202, become: 'none' },
          replication: '10.77.0.2',
          interface: 'vtnet1',
        },
      ],
      carp: { address: '192.168.50.10', prefixLength: 24, family: 4, vhid: 1, advbase: 1, unicast: false },
      preferred: 'hasta',
      hast: { replication: 'memsync', timeout: 10, compression: 'hole', checksum: 'none' },
      resources: [{ name: 'disk0', local: { hasta: '/dev/vtbd1', hastb: '/dev/vtbd1' } }],
      storage: [{ type: 'ufs', resource: 'disk0', mountpoint: '/hast/disk0' }],
      services: [],
      agent: {
        settle: 1,
        bootWait: 120,
        onDemoteFailure: 'reboot',
        failback: 'manual',
        onDiskError: 'alert',
        onServiceFailure: 'alert',
        peerSshPort: 22,
        witness: [],
        fence: null,
        notify: null,
      },
    });
  });

  it('resolves units, home and spelling', () => {
    const spec = demoSpec((yaml) =>
      yaml
        .replace('port: 2201', 'identity: ~/.ssh/id')
        .replace('/dev/vtbd1', '/dev//./vtbd1')
        .replace('192.168.50.10/24', 'FD00:50:0::10/64')
        .concat('agent: { settle: 2, bootWait: 2m, witness: [2001:DB8:0:0::1] }\nhast: { timeout: 20s }\n'),
    );
    expect(spec.nodes[0].ssh).toMatchObject({ identity: '/home/admin/.ssh/id' });
    expect(spec.resources[0]?.local).toEqual({ hasta: '/dev/vtbd1', hastb: '/dev/vtbd1' });
    expect(spec.carp).toMatchObject({ address: 'fd00:50::10', prefixLength: 64, family: 6 });
    expect(spec.agent).toMatchObject({ settle: 2, bootWait: 120, witness: ['2001:db8::1'] });
    expect(spec.hast.timeout).toBe(20);
  });

  it.each(['ssh: { local: true }', 'local: true'])('takes %s for this machine', (form) => {
    const spec = demoSpec((yaml) => yaml.replace('ssh: { host: 10.0.2.15, port: 2201 }', form));
    expect(spec.nodes[0].ssh).toEqual({ local: true });
  });

  it('names every bad key at once, in the order of the file, with line and column', () => {
    const text = DEMO_YAML.replace('version: 1', 'version: 2')
      .replace('interface: vtnet1', 'interfaces: vtnet1')
      .replace('vhid: 1', 'vhid: 256')
      .replace('10.77.0.2', '192.168.50.10')
      .replace('resource: disk0', 'resource: disk1');
    expect(problems(text)).toEqual([
      'cluster.yaml:1:10 version: must be 1, not "2"',
      'cluster.yaml:4:3 nodes.hasta.interface: is missing',
      'cluster.yaml:7:5 nodes.hasta.interfaces: unknown key (did you mean interface?) -- known keys here: ssh, local, replication, interface',
      'cluster.yaml:10:18 nodes.hastb.replication: is the CARP address, which moves between the nodes -- give hastd an address that belongs to this node alone',
      'cluster.yaml:14:9 carp.vhid: must be a whole number from 1 to 255, not "256"',
      'cluster.yaml:18:28 storage[0].resource: there is no resource disk1 (did you mean disk0?) -- resources: disk0',
    ]);
  });

  it('still checks the rest of a file in which a key stands twice', () => {
    expect(problems(`${changed('vhid: 1', 'vhid: 0')}name: again\n`)).toEqual([
      'cluster.yaml:14:9 carp.vhid: must be a whole number from 1 to 255, not "0"',
      'cluster.yaml:19:1: this key stands here twice',
    ]);
  });

  it.each([
    ['', 'cluster.yaml:1:1: the file is empty'],
    ['- 1\n', 'cluster.yaml:1:1: must be a map, not a list'],
    ['a: b\n---\nc: d\n', 'cluster.yaml:2:1: a second YAML document starts here'],
    ['? [a]\n: b\n', 'cluster.yaml:1:3: a key must be text'],
    ['a: !secret b\n', 'cluster.yaml:1:4: Unresolved tag: !secret'],
  ])('refuses %j', (text, first) => {
    expect(problems(text)).toContain(first);
  });

  it('never shows a password that stands in the file', () => {
    for (const form of [
      'password: hunter2',
      'password: { value: hunter2 }',
      'password: [hunter2]',
      'password: {}} hunter2',
    ]) {
      const found = problems(changed('vhid: 1', `vhid: 1\n  ${form}`));
      expect(found).not.toEqual([]);
      expect(found.join('\n')).not.toContain('hunter2');
    }
    expect(problems(changed('vhid: 1', 'vhid: 1\n  password: hunter2')).join()).toContain(
      'password: { file:',
    );
  });

  it('survives any change of a single character without anything but its own error', () => {
    for (let place = 0; place < DEMO_YAML.length; place++) {
      for (const character of ['', '\t', ':', '0', '*', '"']) {
        problems(DEMO_YAML.slice(0, place) + character + DEMO_YAML.slice(place + 1));
      }
    }
  });
});

describe('loadSpec', () => {
  it('says which file it cannot read', async () => {
    await expect(loadSpec('/nonexistent/cluster.yaml')).rejects.toThrow(HastconfError);
    await expect(loadSpec('/nonexistent/cluster.yaml')).rejects.toMatchObject({
      exit: 2,
      detail: 'no such file',
    });
  });

  it('lets relative files start beside the cluster file', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'hastconf-spec-'));
    try {
      const path = join(directory, 'cluster.yaml');
      await writeFile(path, changed('vhid: 1', 'vhid: 1\n  password: { file: keys/carp }'));
      expect((await loadSpec(path)).carp.passwordFile).toBe(join(directory, 'keys/carp'));
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
