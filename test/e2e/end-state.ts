import { join } from 'node:path';
import type { Pair } from './lab.js';
import { treeOf } from './watch.js';

/** What one node is at the end, read past the product. */
export interface EndState {
  /** `NAME ROLE STATUS DIRTY`. */
  hast: string[];
  carp: string;
  mounts: string[];
  /** Path and mode of everything that set-up makes or edits. */
  files: string[];
}

const FILES = `
/boot 755
/boot/loader.conf 644
/etc/devd 755
/etc/devd/asus.conf 644
/etc/devd/devmatch.conf 644
/etc/devd/zfs.conf 644
/etc/hast.conf 644
/etc/hosts 644
/etc/rc.conf 644
/etc/sysctl.conf 644
/hast 755
/hast/disk0 755
/hast/disk1 755
/usr/local 755
/usr/local/bin 755
/usr/local/etc 755
/usr/local/etc/devd 755
/usr/local/etc/devd/hastconf.conf 644
/usr/local/etc/hastconf 755
/usr/local/etc/hastconf/agent.conf 600
/usr/local/etc/hastconf/hooks.d 755
/usr/local/etc/hastconf/id_ed25519 600
/usr/local/etc/hastconf/id_ed25519.pub 644
/usr/local/etc/hastconf/known_hosts 644
/usr/local/etc/rc.d 755
/usr/local/etc/rc.d/carp_hast 755
/usr/local/sbin 755
/usr/local/sbin/carp-hast-switch 755
/var/db/hastconf 755
/var/db/hastconf/applied 600
/var/db/hastconf/backups 700
/var/db/hastconf/backups/boot_loader.conf.RUN 644
/var/db/hastconf/backups/etc_hosts.RUN 644
/var/db/hastconf/backups/etc_rc.conf.RUN 644
/var/db/hastconf/backups/etc_sysctl.conf.RUN 644
/var/db/hastconf/journal 644
/var/db/hastconf/peer 755
/var/db/hastconf/peer/.ssh 755
/var/db/hastconf/peer/.ssh/authorized_keys 644
/var/db/hastconf/pending 755
/var/db/hastconf/record 644
/var/db/hastconf/spool 700`
  .trim()
  .split('\n');

/** What every set-up of the lab's own cluster file ends in, however often it was cut off. */
export const END_STATE: Readonly<Record<'hasta' | 'hastb', EndState>> = {
  hasta: {
    hast: ['disk0 primary complete 0', 'disk1 primary complete 0'],
    carp: 'carp: MASTER vhid 1 advbase 1 advskew 0',
    mounts: ['/dev/hast/disk0 /hast/disk0 ufs', '/dev/hast/disk1 /hast/disk1 ufs'],
    files: FILES,
  },
  hastb: {
    hast: ['disk0 secondary complete 0', 'disk1 secondary complete 0'],
    carp: 'carp: BACKUP vhid 1 advbase 1 advskew 20',
    mounts: [],
    files: FILES,
  },
};

/** Reads the end state of a node; names that hold a run's id are shortened. */
export async function endStateOf(pair: Pair, node: string): Promise<EndState> {
  const text = await pair.on(
    node,
    `hastctl list | while read -r key value rest; do
	case $key in
	role:) role=$value ;;
	status:) status=$value ;;
	dirty:) echo "$name $role $status $value" ;;
	*:) [ -n "$value" ] || name=\${key%:} ;;
	esac
done
echo --
ifconfig vtnet1 | grep carp:
echo --
mount -p | grep /hast/ || true`,
  );
  const [hast, carp, mounts] = text.split('--\n').map((part) => part.split('\n').filter(Boolean));
  return {
    hast: hast ?? [],
    carp: (carp ?? []).map((line) => line.trim()).join(),
    mounts: (mounts ?? []).map((line) => line.split(/\s+/).slice(0, 3).join(' ')),
    files: filesOf(join(pair.dir, 'lab/nodes', node, 'root')),
  };
}

const OURS = ['/boot', '/etc/devd', '/etc/hast.conf', '/etc/hosts', '/etc/rc.conf', '/etc/sysctl.conf'];

function filesOf(root: string): string[] {
  const tree = treeOf(root, [...OURS, '/hast', '/usr/local', '/var/db/hastconf']);
  const names = Object.entries(tree).map(
    ([path, seen]) => `${path.replace(RUN_ID, '.RUN')} ${seen.split(' ')[0]}`,
  );
  return [...new Set(names)].filter((name) => !PASSING.test(name)).toSorted();
}

const RUN_ID = /\.\d{8}T\d{6}Z-[0-9a-f]{6}$/;
/** What the agents write and take away all the time, and what is inside the file systems. */
const PASSING = /^(\/var\/db\/hastconf\/(record\.new\.|spool\/)|\/hast\/[^/]+\/)/;
