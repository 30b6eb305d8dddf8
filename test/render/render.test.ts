import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HastconfError } from '../../src/errors.js';
import { parseAgentConf } from '../../src/formats/agent-conf.js';
import { parseHastConf } from '../../src/formats/hast-conf.js';
import { agentScript } from '../../src/render/agent-script.js';
import { readTemplate } from '../../src/render/engine.js';
import { fragmentMode, fragmentText } from '../../src/render/fragment.js';
import { clusterSpec } from '../spec/arbitrary.js';
import { demoSpec } from '../spec/demo.js';
import { CHAP, fileOf, PASSWORD, rendered, textOf } from './fixtures.js';

const GOLDEN = fileURLToPath(new URL('golden', import.meta.url));
/** Copied into the nodes as they are: their own tests are elsewhere. */
const VERBATIM = ['/usr/local/sbin/carp-hast-switch', '/usr/local/etc/rc.d/carp_hast'];
const NODES = ['hasta', 'hastb'] as const;

describe('the demo pair', () => {
  const files = rendered(demoSpec());

  it('renders the nine files of each node', () => {
    expect(files.filter((file) => file.node === 'hasta').map((file) => file.path)).toEqual([
      '/etc/hast.conf',
      '/usr/local/etc/devd/hastconf.conf',
      '/etc/rc.conf',
      '/boot/loader.conf',
      '/etc/sysctl.conf',
      '/etc/hosts',
      '/usr/local/sbin/carp-hast-switch',
      '/usr/local/etc/rc.d/carp_hast',
      '/usr/local/etc/hastconf/agent.conf',
    ]);
  });

  // UPDATE_GOLDEN=1 writes them anew; look at the diff before you commit it.
  it.each(files.filter((file) => !VERBATIM.includes(file.path)))('$node has the golden $path', (file) => {
    const path = `${GOLDEN}/${file.node}${file.path}`;
    if (process.env.UPDATE_GOLDEN !== undefined) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, fragmentText(file));
    }
    expect(fragmentText(file)).toBe(readFileSync(path, 'utf8'));
  });

  it('installs the agent and its rc script as they are, executable', () => {
    for (const node of NODES) {
      for (const path of VERBATIM) {
        const file = fileOf(files, node, path);
        expect(textOf(file)).toBe(path === VERBATIM[0] ? agentScript() : readTemplate('agent/carp_hast'));
        expect(file).toMatchObject({
          attributes: { owner: 'root', group: 'wheel', mode: 0o755 },
          grammar: 'sh',
        });
      }
    }
  });

  it('is the same on both nodes but for agent.conf', () => {
    for (const { path } of files.filter((file) => file.node === 'hasta')) {
      const [left, right] = NODES.map((node) => textOf(fileOf(files, node, path)));
      if (path.endsWith('agent.conf')) expect(left).not.toBe(right);
      else expect(left).toBe(right);
    }
  });

  it('marks what holds the password, and only that', () => {
    for (const file of files) {
      const text = textOf(file);
      expect(text.includes(PASSWORD)).toBe(file.path === '/etc/rc.conf');
      expect(file.secrets.map((secret) => secret.reveal())).toEqual(
        text.includes(PASSWORD) ? [PASSWORD] : [],
      );
    }
    expect(fragmentMode(fileOf(files, 'hasta', '/etc/rc.conf'))).toBe(0o600);
    expect(fragmentMode(fileOf(files, 'hasta', '/usr/local/etc/hastconf/agent.conf'))).toBe(0o600);
    expect(fragmentMode(fileOf(files, 'hasta', '/etc/hosts'))).toBe(0o644);
  });

  it('knows what is not known of a node when it is told', () => {
    const told = rendered(demoSpec(), {
      hasta: { carpAliasIndex: 3, carpPrefixLength: 24, lanAddress: '192.168.50.11', osreldate: 901000 },
    });
    expect(fileOf(told, 'hasta', '/etc/rc.conf')).toMatchObject({
      variables: expect.arrayContaining([
        {
          name: 'ifconfig_vtnet1_alias3',
          value: `inet vhid 1 advbase 1 advskew 240 pass ${PASSWORD} alias 192.168.50.10/24`,
        },
      ]),
    });
    expect(textOf(fileOf(told, 'hastb', '/usr/local/etc/hastconf/agent.conf'))).toContain(
      "peer_lan='192.168.50.11'",
    );
    // devd before FreeBSD 9.3 reads only /etc/devd.conf.
    const own = fileOf(told, 'hasta', '/etc/devd.conf');
    expect(own.kind).toBe('block');
    expect(`${textOf(own)}\n`).toBe(textOf(fileOf(told, 'hastb', '/usr/local/etc/devd/hastconf.conf')));
  });
});

describe('other pairs', () => {
  it('writes IPv6 as each grammar takes it', () => {
    const files = rendered(
      demoSpec((yaml) =>
        yaml
          .replace('10.77.0.1', 'fd00:77::1')
          .replace('10.77.0.2', 'fd00:77::2')
          .replace('192.168.50.10/24', 'fd00:50::10/64'),
      ),
    );
    const hast = textOf(fileOf(files, 'hasta', '/etc/hast.conf'));
    expect(hast).toContain('remote tcp6://fd00:77::2\n');
    expect(hast).toContain('source tcp6://fd00:77::1\n');
    expect(hast).not.toContain('[');
    expect(textOf(fileOf(files, 'hasta', '/etc/rc.conf'))).toContain(
      `inet6 vhid 1 advbase 1 advskew 240 pass ${PASSWORD} alias fd00:50::10/128`,
    );
    expect(textOf(fileOf(files, 'hasta', '/etc/hosts'))).toBe(
      'fd00:77::1\thasta-hast\nfd00:77::2\thastb-hast',
    );
  });

  it('names the addresses of the agents’ second way as well: sshd looks its clients up', () => {
    const lan = { hasta: { lanAddress: '192.168.50.11' }, hastb: { lanAddress: '192.168.50.12' } };
    const files = rendered(demoSpec(), lan);
    for (const node of NODES) {
      expect(textOf(fileOf(files, node, '/etc/hosts'))).toBe(
        [
          '10.77.0.1\thasta-hast',
          '10.77.0.2\thastb-hast',
          '192.168.50.11\thasta-lan',
          '192.168.50.12\thastb-lan',
        ].join('\n'),
      );
    }
  });

  it('writes interfaces with a dot, and both when they differ', () => {
    const files = rendered(demoSpec((yaml) => yaml.replace('interface: vtnet1', 'interface: vlan0.10')));
    const devd = textOf(fileOf(files, 'hasta', '/usr/local/etc/devd/hastconf.conf'));
    expect(devd).toContain('"1@vlan0\\.10"');
    expect(devd).toContain('"1@vtnet1"');
    expect(devd).toBe(textOf(fileOf(files, 'hastb', '/usr/local/etc/devd/hastconf.conf')));
    expect(textOf(fileOf(files, 'hasta', '/etc/rc.conf'))).toContain('"ifconfig_vlan0_10_alias0"');
    expect(textOf(fileOf(files, 'hastb', '/etc/rc.conf'))).toContain('"ifconfig_vtnet1_alias0"');
  });

  it('names the peer for unicast CARP, or says what is missing', () => {
    const spec = demoSpec((yaml) => yaml.replace('vhid: 1', 'vhid: 1\n  unicast: true'));
    const hints = { hasta: { lanAddress: '192.168.50.11' }, hastb: { lanAddress: '192.168.50.12' } };
    expect(textOf(fileOf(rendered(spec, hints), 'hasta', '/etc/rc.conf'))).toContain(
      'peer 192.168.50.12 pass',
    );
    expect(() => rendered(spec)).toThrow(HastconfError);
    const old = { ...hints, hastb: { ...hints.hastb, osreldate: 1302001 } };
    expect(() => rendered(spec, old)).toThrow(/FreeBSD 14/);
  });

  it('names both nodes fully when their first parts are equal', () => {
    const files = rendered(
      demoSpec((yaml) => yaml.replace('hasta', 'san.a.net').replace('hastb', 'san.b.net')),
    );
    expect(textOf(fileOf(files, 'san.a.net', '/etc/hosts'))).toBe(
      '10.77.0.1\tsan.a.net-hast\n10.77.0.2\tsan.b.net-hast',
    );
  });

  it('renders every valid spec, the same twice, and hast.conf means the spec', () => {
    const hints = { hasta: { lanAddress: '192.168.50.11' }, hastb: { lanAddress: '192.168.50.12' } };
    fc.assert(
      fc.property(clusterSpec, (spec) => {
        const names = spec.nodes.map((node) => node.name);
        const known = Object.fromEntries(names.map((name, index) => [name, Object.values(hints)[index]]));
        const files = rendered(spec, known);
        expect(files.map(fragmentText)).toEqual(rendered(spec, known).map(fragmentText));
        const parsed = parseHastConf(textOf(fileOf(files, names[0]!, '/etc/hast.conf')));
        expect(parsed).toMatchObject({
          ok: true,
          warnings: [],
          config: {
            settings: spec.hast,
            resources: spec.resources.map((resource) => ({
              name: resource.name,
              nodes: names.map((node) => ({ node, local: resource.local[node] })),
            })),
          },
        });
      }),
      { numRuns: 50 },
    );
  });

  it('renders 64 resources', () => {
    const many = Array.from({ length: 64 }, (_, index) => `  d${index}: { local: /dev/da${index} }`).join(
      '\n',
    );
    const files = rendered(
      demoSpec((yaml) =>
        yaml.replace(/resources:\n.*\n/, `resources:\n${many}\n`).replace(': disk0', ': d0'),
      ),
    );
    const parsed = parseHastConf(textOf(fileOf(files, 'hasta', '/etc/hast.conf')));
    expect(parsed.config.resources).toHaveLength(64);
  });
});

describe('a pair that serves everything', () => {
  const files = rendered(
    demoSpec(
      (
        yaml,
      ) => `${yaml.replace('disk0: { local', 'disk1: { local: /dev/vtbd2 }\n  pool0: { local: /dev/vtbd3 }\n  disk0: { local')}\
  - { type: raw, resource: disk1 }
  - { type: zfs, pool: failover, layout: stripe, resources: [pool0] }
services:
  - { type: nfs, exports: ["/hast/disk0 -alldirs -network 192.168.50.0/24"], version: 4 }
  - { type: iscsi, target: "iqn.2026-01.org.example:disk1", resource: disk1, chap: { file: /etc/chap, user: backup } }
  - { type: iscsi, target: "iqn.2026-01.org.example:lun0", volume: failover/lun0, size: 1G, naa: "0x3000000000000001" }
  - { type: samba, share: data, path: /failover/data }
  - { type: rc, name: postgresql, startWithin: 5m }
  - { type: jail, name: web }
`,
    ),
  );
  const own = files.filter(
    ({ node, path }) => node === 'hasta' && /exports|\/ctl\.conf|smb4|\/rc\.conf|agent\.conf/.test(path),
  );

  it('has files for each server', () => {
    expect(own.map(({ path }) => path)).toEqual([
      '/etc/rc.conf',
      '/usr/local/etc/hastconf/agent.conf',
      '/usr/local/etc/hastconf/exports',
      '/usr/local/etc/hastconf/ctl.conf',
      '/usr/local/etc/hastconf/smb4.conf',
      '/usr/local/etc/smb4.conf',
    ]);
  });

  it.each(own)('$node has the golden $path', (file) => {
    const path = `${GOLDEN}/serving${file.path}`;
    if (process.env.UPDATE_GOLDEN !== undefined) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, fragmentText(file));
    }
    expect(fragmentText(file)).toBe(readFileSync(path, 'utf8'));
  });

  it('is the same on both nodes, and keeps the CHAP secret to itself', () => {
    for (const file of own.filter(({ path }) => !path.endsWith('agent.conf')))
      expect(textOf(fileOf(files, 'hastb', file.path))).toBe(textOf(file));
    const ctl = fileOf(files, 'hasta', '/usr/local/etc/hastconf/ctl.conf');
    expect(fragmentMode(ctl)).toBe(0o600);
    expect(ctl.secrets.map((secret) => secret.reveal())).toContain(CHAP);
    expect(textOf(ctl)).toContain(`chap "backup" "${CHAP}"`);
  });

  it('agent.conf says the same services when it is read again', () => {
    const { services } = parseAgentConf(textOf(fileOf(files, 'hasta', '/usr/local/etc/hastconf/agent.conf')));
    expect(services).toEqual([
      { type: 'nfs', exports: ['/hast/disk0 -alldirs -network 192.168.50.0/24'], version: 4 },
      { type: 'iscsi', target: 'iqn.2026-01.org.example:disk1', resource: 'disk1', chapUser: 'backup' },
      {
        ...{ type: 'iscsi', target: 'iqn.2026-01.org.example:lun0', volume: 'failover/lun0' },
        ...{ size: 2 ** 30, naa: '0x3000000000000001' },
      },
      { type: 'samba', share: 'data', path: '/failover/data' },
      { type: 'rc', name: 'postgresql', startWithin: 300, stopWithin: 15 },
      { type: 'jail', name: 'web' },
    ]);
  });
});
