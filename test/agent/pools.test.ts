import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeNode } from './node.js';

let node: FakeNode;
beforeEach(() => {
  node = new FakeNode({
    resources: ['disk0', 'disk1'],
    storage: [
      { type: 'ufs', resource: 'disk0', mountpoint: '/nonexistent' },
      { type: 'zfs', pool: 'tank', layout: 'stripe', resources: ['disk1'] },
    ],
  });
  node.set('imported', '').set('importable', '   pool: tank\n     id: 1\n  state: ONLINE\n');
});
afterEach(() => node.remove());

/** A pool that was not exported: only -f imports it. */
const ZPOOL = `kldstat() { :; }
limit() { shift; "$@"; }
zfs() { :; }
zpool() {
	echo "zpool $*" >>"$FAKE/calls"
	case $*:$1 in
	list*) cat "$FAKE/imported" ;;
	*-f*) echo tank >"$FAKE/imported" ;;
	*tank:import) return 1 ;;
	*:import) cat "$FAKE/importable" ;;
	esac
}`;
const imports = () => node.calls().filter((call) => / import .*tank$/.test(call));

describe('a pool that was not exported', () => {
  test.each([
    ['dead', 'peer-dead'],
    ['standby', 'boot-preferred'],
    ['down', 'carp-master'],
    ['silent', 'forced'],
  ])('is imported by force from a peer that is %s', async (state, reason) => {
    const { code } = await node.run(
      `load_config\n${ZPOOL}\nbegin_transition() { :; }; peer_stands_back() { :; }; end_transition() { :; }; set_skew() { :; }
promote_storage() { attach_zfs tank; }; start_services() { :; }; look() { :; }; block_peer() { :; }; unblock_peer() { :; }
p_state=${state} reason=${reason} p_rep=yes p_gone=no; promote ${reason}`,
    );
    expect([code, imports().length]).toEqual([0, 2]);
    expect(imports()[1]).toBe(
      'zpool import -f -N -o cachefile=none -d DEV tank'.replace('DEV', `${node.dir}/dev`),
    );
  });

  test('is left alone while the peer may have it', async () => {
    const { stdout } = await node.run(`load_config\n${ZPOOL}\npeer_has_it=yes; attach_zfs tank || echo no`);
    expect([stdout, imports().length]).toEqual(['no\n', 1]);
  });
});

describe('what can be known before the first write', () => {
  const importable = async (text: string) => {
    node.set('importable', text);
    const { stdout } = await node.run(`load_config\n${ZPOOL}\nis_importable tank && echo yes; true`);
    return stdout === 'yes\n';
  };
  const pool = (name: string, state: string) =>
    `   pool: ${name}\n     id: 1\n  state: ${state}\n config:\n\n`;

  test.each([
    ['nothing', '', false],
    ['the pool', pool('tank', 'ONLINE'), true],
    ['half of it', pool('tank', 'DEGRADED'), true],
    ['too little of it', pool('tank', 'UNAVAIL') + pool('x', 'ONLINE'), false],
    ['another one, and the pool', pool('x', 'FAULTED') + pool('tank', 'ONLINE'), true],
    ['another one', pool('tank2', 'ONLINE'), false],
  ])('zpool import finds %s', async (_name, text, expected) => {
    expect(await importable(text)).toBe(expected);
  });

  test('a pool that is imported already is no reason to stop', async () => {
    node.set('imported', 'tank\n');
    expect(await importable('')).toBe(true);
  });

  test('a pool after a file system is looked for, and nothing is touched when it is not there', async () => {
    const { stdout } = await node.run(
      `load_config\n${ZPOOL}\nmkdir() { :; }\n: >"$FAKE/importable"\nrehearse || echo "$failed"`,
    );
    expect(stdout).toBe('tank\n');
    expect(node.calls().filter((call) => /fsck|mount/.test(call))).toEqual([]);
  });
});

test('a worker that never ends is killed before the last try, whichever its role', async () => {
  node.set('fail.role.primary', '').set('role.disk1', 'secondary\n');
  expect((await node.run('load_config; set_roles primary')).code).toBe(1);
  expect(node.calls()).toEqual([
    'hastctl role primary disk0 disk1',
    'service hastd reload',
    'hastctl role primary disk0 disk1',
    String.raw`pkill -KILL -f ^hastd: disk0 \((primary|secondary)\)`,
    String.raw`pkill -KILL -f ^hastd: disk1 \((primary|secondary)\)`,
    'hastctl role primary disk0 disk1',
  ]);
});
