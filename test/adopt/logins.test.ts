import { describe, expect, it } from 'vitest';
import { connectionFrom, labelOf, loginsOf } from '../../src/adopt/logins.js';
import { demoSpec } from '../spec/demo.js';

const paths = { cwd: '/work', home: '/home/admin' };
const logins = (node: readonly string[], more: object = {}) => loginsOf({ node, ...more }, paths);

describe('the two nodes of the command line', () => {
  it('are hosts with user and port, IPv6, or this machine', () => {
    expect(logins(['admin@192.0.2.11:2201', 'local'])).toEqual([
      { host: '192.0.2.11', user: 'admin', port: 2201, become: 'none' },
      { local: true },
    ]);
    expect(logins(['[2001:db8::1]:22', '2001:db8::2'])).toMatchObject([
      { host: '2001:db8::1', port: 22 },
      { host: '2001:db8::2' },
    ]);
    expect(logins(['a'], { ssh: ['b'] })).toMatchObject([{ host: 'a' }, { host: 'b' }]);
  });

  it('share identity and become; key files get their whole path', () => {
    const found = logins(['a', 'b -i keys/b'], { identity: '~/.ssh/id', become: 'doas' });
    expect(found).toEqual([
      { host: 'a', identity: '/home/admin/.ssh/id', become: 'doas' },
      { host: 'b', identity: '/work/keys/b', become: 'doas' },
    ]);
  });

  it.each([[[]], [['a']], [['a', 'b', 'c']], [['a', 'user@']], [['a', '-x b']]])(
    'are exactly two, and understood: %j is wrong usage',
    (node) => {
      expect(() => logins(node)).toThrow(expect.objectContaining({ exit: 2 }));
    },
  );

  it('are told apart in messages, also behind one address', () => {
    const [a, b] = logins(['h:1', 'h:2']);
    expect([labelOf(a, b), labelOf(b, a), labelOf({ local: true }, a)]).toEqual(['h:1', 'h:2', 'local']);
    const [c, d] = logins(['x:1', 'y:1']);
    expect([labelOf(c, d), labelOf(d, c)]).toEqual(['x', 'y']);
  });
});

describe('a cluster file that knows the nodes', () => {
  it('lends what leaves no trace on them', () => {
    const spec = demoSpec((yaml) =>
      yaml
        .replace('vhid: 1', 'vhid: 1\n  password: { file: ~/p.carp }')
        .replace('type: ufs, resource: disk0, mountpoint: /hast/disk0', 'type: raw, resource: disk0')
        .concat(
          'services:\n  - { type: iscsi, target: iqn.2026-01.org.example:d, resource: disk0, chap: { file: /chap } }\n',
        ),
    );
    expect(connectionFrom(spec)).toEqual({
      ssh: [spec.nodes[0].ssh, spec.nodes[1].ssh],
      name: 'demo',
      passwordFile: '/home/admin/p.carp',
      chapFiles: { 'iqn.2026-01.org.example:d': '/chap' },
    });
  });
});
