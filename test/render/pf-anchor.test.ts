import { describe, expect, it } from 'vitest';
import { pfAnchors } from '../../src/render/pf-anchor.js';
import type { ClusterSpec } from '../../src/spec/types.js';
import { demoSpec } from '../spec/demo.js';

function text(spec: ClusterSpec, node = 'hasta'): string {
  const file = pfAnchors(spec).find((one) => one.node === node);
  return file?.kind === 'whole' ? file.content : '';
}

const serving = (services: ClusterSpec['services']): ClusterSpec => ({
  ...demoSpec(),
  services,
  agent: { ...demoSpec().agent, witness: ['192.168.50.1'] },
});

describe('the anchor for pf', () => {
  it('is what it was, with everything that can be served', async () => {
    const spec = serving([
      { type: 'nfs', exports: ['/hast/disk0'] },
      { type: 'iscsi', target: 'iqn.2026-01.org.example:disk1', resource: 'disk1' },
      { type: 'samba', share: 'data', path: '/hast/disk0' },
      { type: 'rc', name: 'postgresql' },
    ]);
    await expect(text(spec)).toMatchFileSnapshot('golden/pf.anchor');
  });

  it('is for the other node where it is the other one', () => {
    const spec = serving([]);
    expect(text(spec, 'hastb')).toContain('pass quick proto tcp from 10.77.0.2 to 10.77.0.1 port 8457\n');
    expect(text(spec, 'hastb')).not.toContain('flags any');
  });

  it('needs neither mountd nor rpcbind for version 4 of NFS', () => {
    const rules = text(serving([{ type: 'nfs', exports: ['/hast/disk0'], version: 4 }]));
    expect(rules).toContain('pass in quick proto tcp to 192.168.50.10 port 2049 flags any\n');
    expect(rules).not.toMatch(/port (111|600)/);
  });

  it('pings over IPv6 with its own protocol', () => {
    const six = { ...demoSpec() };
    const nodes = six.nodes.map((node, at) => ({ ...node, replication: `fd00:77::${at + 1}` }));
    const rules = text({ ...six, nodes: nodes as unknown as ClusterSpec['nodes'] });
    expect(rules).toContain('pass quick inet6 proto icmp6 from fd00:77::1 to fd00:77::2\n');
  });
});
