/**
 * The fail-over set-up that guides publish, as measured on two 13.2 machines (measured §1): CARP events start
 * one of two scripts, one after the other, with fixed delays and no look at the other node. Our own short
 * version, from that description and the order of share/examples/hast (freebsd-facts §8).
 */
export const RECIPE_PATH = '/usr/local/sbin/carp-hast-switch';
export const RECIPE_MOUNTPOINT = '/hast/disk0';

export const RECIPE_SCRIPT = `#!/bin/sh
PATH=/sbin:/bin:/usr/sbin:/usr/bin
resource=disk0
mountpoint=${RECIPE_MOUNTPOINT}
delay=3

say() { logger -p local0.notice -t carp-hast-switch "$*"; }

case $1 in
master)
	# A secondary worker is there for as long as the other node's primary is.
	left=30
	while pgrep -f "hastd: $resource \\(secondary\\)" >/dev/null 2>&1; do
		left=$((left - 1))
		[ "$left" -gt 0 ] || { say "the secondary worker of $resource stays"; exit 1; }
		sleep 1
	done
	hastctl role primary "$resource" 2>/dev/null || { say "no role for $resource"; exit 1; }
	left=50
	until [ -c "/dev/hast/$resource" ]; do
		left=$((left - 1))
		[ "$left" -gt 0 ] || { say "no device for $resource"; exit 1; }
		sleep 0.1
	done
	fsck -p -y -t ufs "/dev/hast/$resource" >/dev/null 2>&1
	mount "/dev/hast/$resource" "$mountpoint" || { say "no mount of $resource"; exit 1; }
	say "serving $resource"
	;;
slave)
	if mount -p | grep -q "^/dev/hast/$resource"; then
		sleep "$delay"
		umount -f "$mountpoint"
		sleep "$delay"
	fi
	hastctl role secondary "$resource" 2>/dev/null || { say "no role for $resource"; exit 1; }
	say "standing by with $resource"
	;;
esac
`;

const rule = (type: string, word: string) => `notify 30 {
	match "system"		"CARP";
	match "subsystem"	"1@vtnet1";
	match "type"		"${type}";
	action "${RECIPE_PATH} ${word}";
};
`;

/** devd waits for each action, so that events queue behind it. */
export const RECIPE_DEVD = rule('MASTER', 'master') + rule('BACKUP', 'slave');

/** hastd's own timeout of 20 s stays. */
export const RECIPE_HAST_CONF = `resource disk0 {
	on hasta {
		local /dev/vtbd1
		remote tcp4://10.77.0.2
	}
	on hastb {
		local /dev/vtbd1
		remote tcp4://10.77.0.1
	}
}
`;

/** What the guides give both nodes, the second one a higher advskew. */
export const RECIPE_ADVSKEW: Readonly<Record<string, number>> = { hasta: 10, hastb: 100 };
