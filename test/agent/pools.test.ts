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
promote_storage() { import_pool tank; }; start_services() { :; }; look() { :; }; block_peer() { :; }; unblock_peer() { :; }
p_state=${state} reason=${reason} p_rep=yes p_gone=no; promote ${reason}`,
    );
    expect([code, imports().length]).toEqual([0, 1]);
    expect(imports()[0]).toBe(
      'zpool import -f -N -o cachefile=none -d DEV tank'.replace('DEV', `${node.dir}/dev`),
    );
  });

  test('is left alone while the peer may have it', async () => {
    const { stdout } = await node.run(`load_config\n${ZPOOL}\npeer_has_it=yes; import_pool tank || echo no`);
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

  test('a second pool is looked for, and nothing is touched when it is not there', async () => {
    const pools = 'storage="zfs other stripe disk0${nl}zfs tank stripe disk1$nl"';
    const { stdout } = await node.run(
      `load_config\n${ZPOOL}\n${pools}\n: >"$FAKE/importable"\nrehearse || echo "$failed"`,
    );
    expect(stdout).toBe('tank\n');
    expect(imports()).toEqual([]);
  });
});

/** Functions that stand in for hastctl: the roles that it is asked for, in order. */
describe('roles', () => {
  const standing = () => node.set('role.disk0', 'secondary\n').set('role.disk1', 'secondary\n');

  test('a promotion begins without any worker, and goes on when the first device has been read', async () => {
    standing();
    expect((await node.run('load_config; become_primary && echo yes')).stdout).toBe('yes\n');
    expect(node.calls().map((call) => call.replace(node.dir, ''))).toEqual([
      'hastctl role init disk0 disk1',
      'hastctl role primary disk0',
      'dd if=/dev/disk0',
      'hastctl role primary disk1',
      'dd if=/dev/disk1',
    ]);
  });

  test('a resource that is primary already is only read', async () => {
    node.set('role.disk0', 'primary\n').set('role.disk1', 'init\n').set('dev/disk0', '');
    await node.run('load_config; become_primary');
    expect(node.calls().filter((call) => call.includes('role'))).toEqual([
      'hastctl role init disk1',
      'hastctl role primary disk1',
    ]);
  });

  test('not before the secondary has written what it has acknowledged', async () => {
    standing();
    const look = `looks=0
look_hast() { looks=$((looks + 1)); o_queue=$((3 - looks)); o_link=none; }
change_roles() { echo "$looks looks"; return 1; }`;
    const { stdout } = await node.run(
      `load_config; ${look}\no_hast='disk0 secondary'; become_primary; echo "$failed"`,
    );
    expect(stdout).toBe('3 looks\nrole\n');
  });

  test.each([
    ['less and less', 'o_queue=$((600 - looks))', 'yes'],
    ['no less', 'o_queue=5', 'no'],
  ])('... %s', async (_name, queue, expected) => {
    const look = `looks=0; sleep() { :; }\nlook_hast() { looks=$((looks + 1)); o_link=none ${queue}; }`;
    const { stdout } = await node.run(`${look}\nlook_hast; await_less queue && echo yes || echo no`);
    expect(stdout).toBe(`${expected}\n`);
  });

  test('hastd does not know a resource yet: it is told to read its configuration, and asked again', async () => {
    node.set('fail.role.primary', '');
    expect((await node.run('load_config; change_roles primary disk1')).code).toBe(1);
    expect(node.calls().filter((call) => call === 'service hastd reload')).toHaveLength(1);
    expect(node.calls().length).toBeGreaterThan(5);
    expect(node.calls().some((call) => call.startsWith('pkill'))).toBe(false);
  });

  test('a worker that never ends is killed, whichever its role', async () => {
    await node.run('load_config; bounded() { return 124; }\nchange_roles primary disk1');
    expect(
      node
        .calls()
        .filter((call) => call.startsWith('pkill'))
        .slice(0, 2),
    ).toEqual([
      String.raw`pkill -KILL -f ^hastd: disk0 \((primary|secondary)\)`,
      String.raw`pkill -KILL -f ^hastd: disk1 \((primary|secondary)\)`,
    ]);
  });
});
