import { afterEach, expect, test } from 'vitest';
import { FakeNode } from './node.js';

let node: FakeNode;
afterEach(() => node.remove());

function withNotes(...storageNotes: string[][]): FakeNode {
  node = new FakeNode({ storageNotes } as never);
  return node.set('dev/disk0', '');
}

const QUICK = 'limit() { shift; "$@"; }; fsck_ufs() { :; }; read_mounts() { :; }; mounts_of() { points=; }';

test('what is noted of a name and a key is found, and nothing else', async () => {
  withNotes(['disk0', 'options', 'noatime,nosuid'], ['failover', 'keyfile', '/root/the key']);
  const { stdout } = await node.run(`load_config
noted disk0 options && echo "$noted"
noted failover keyfile && echo "$noted"
noted disk0 keyfile || echo none
noted disk options || echo none`);
  expect(stdout).toBe('noatime,nosuid\n/root/the key\nnone\nnone\n');
});

test.each([
  [[['disk0', 'options', 'noatime,nosuid']], 'mount -o noatime,nosuid DEV/disk0 /hast/disk0'],
  [[], 'mount DEV/disk0 /hast/disk0'],
])('a file system is mounted with %j', async (notes, call) => {
  withNotes(...notes);
  await node.run(`load_config; ${QUICK}
bounded() { shift; echo "$*" >>"$FAKE/calls"; }
attach_ufs disk0 /hast/disk0; true`);
  expect(node.calls().filter((one) => one.startsWith('mount'))).toEqual([
    call.replace('DEV', `${node.dir}/dev`),
  ]);
});

const ZFS = `zfs() {
	echo "zfs $*" >>"$FAKE/calls"
	case $1 in
	get) cat "$FAKE/keystatus" ;;
	load-key) [ -e "$FAKE/key" ] || return 1 ;;
	list) printf 'failover\\ton\\tno\\t/failover\\n' ;;
	esac
}`;
const zfsCalls = () => node.calls().filter((call) => call.startsWith('zfs '));

test('the key of an encrypted pool is loaded before its file systems are mounted', async () => {
  withNotes(['failover', 'keyfile', '/root/key']).set('keystatus', 'unavailable\n').set('key', '');
  const { code } = await node.run(`load_config; ${ZFS}; mount_datasets failover`);
  expect(code).toBe(0);
  expect(zfsCalls().slice(0, 2)).toEqual([
    'zfs get -H -o value keystatus failover',
    'zfs load-key -r failover',
  ]);
  expect(zfsCalls().at(-1)).toBe('zfs mount failover');
});

test('a key that is there is not loaded again', async () => {
  withNotes(['failover', 'keyfile', '/root/key']).set('keystatus', 'available\n');
  expect((await node.run(`load_config; ${ZFS}; mount_datasets failover`)).code).toBe(0);
  expect(zfsCalls()).not.toContain('zfs load-key -r failover');
});

test('without its key a pool is not served, and the log says why', async () => {
  withNotes(['failover', 'keyfile', '/root/key']).set('keystatus', 'unavailable\n');
  expect((await node.run(`load_config; ${ZFS}; mount_datasets failover`)).code).not.toBe(0);
  expect(zfsCalls()).not.toContain('zfs mount failover');
  expect(node.get('log')).toContain('the key of pool failover cannot be loaded from /root/key');
});

test('a pool without a key is asked for none', async () => {
  withNotes();
  await node.run(`load_config; ${ZFS}; mount_datasets failover`);
  expect(zfsCalls()).toEqual([
    'zfs list -H -r -t filesystem -o name,canmount,mounted,mountpoint failover',
    'zfs mount failover',
  ]);
});
