# ---------------------------------------------------------------- storage

# attach: every pool, then every file system and dataset in order. Stops at the first that fails and leaves its name in failed.
attach() {
	for_storage import_pool : && for_storage mount_datasets attach_ufs
}

# for_storage POOL-WORK UFS-WORK: the work for every line of the configuration, until it fails.
for_storage() {
	failed=
	while read -r fs_type fs_1 fs_rest; do
		case $fs_type in
		ufs) "$2" "$fs_1" "$fs_rest" || failed=$fs_1 ;;
		zfs) "$1" "$fs_1" "$fs_rest" || failed=$fs_1 ;;
		esac
		[ -z "$failed" ] || return 1
	done <<-EOF
		$storage
	EOF
	return 0
}

# noted NAME KEY -> noted: what the configuration adds of a resource or pool; 1: nothing.
noted() {
	while read -r nd_name nd_key noted; do
		[ "$nd_name $nd_key" != "$1 $2" ] || return 0
	done <<-EOF
		$notes
	EOF
	return 1
}

# fsck itself, not fsck(8), whose end is not that of what it has started. One that does not end in time is not tried again.
attach_ufs() { # RESOURCE MOUNTPOINT
	read_mounts || return 1
	mounts_of "$1"
	[ -z "$points" ] || return 0
	! has_stuck || return 1
	au_rc=0
	bounded 300 fsck_ufs -p "$dev/$1" || au_rc=$?
	case $au_rc in
	0) ;;
	12[45]) return 1 ;;
	*) bounded 3600 fsck_ufs -y "$dev/$1" || return 1 ;;
	esac
	noted "$1" options
	bounded 30 mount ${noted:+-o "$noted"} "$dev/$1" "$2" && read_mounts && mounts_of "$1" && [ -n "$points" ]
}

# rehearse: what can be known of attach before its first write, after which there is no way back to a plain secondary.
# The first pool needs none: an import that fails has written nothing.
rehearse() {
	rh_before=no
	for_storage rehearse_pool rehearse_ufs
}

rehearse_ufs() { [ -d "$2" ] || mkdir -p "$2"; }

rehearse_pool() {
	[ "$rh_before" = no ] || is_importable "$1" || return 1
	rh_before=yes
}

is_importable() { # POOL
	need_zfs
	look_pools
	! has_word "$1" "$lm_pools" || return 0
	bounded_to "$run/pools.$$" 60 zpool import -d "$dev"
	ii_name=
	while read -r ii_key ii_value ii_rest; do
		case $ii_key:$ii_name:$ii_value in
		pool:*) ii_name=$ii_value ;;
		state::"$1":ONLINE | state::"$1":DEGRADED) return 0 ;;
		esac
	done <"$run/pools.$$"
	: "$ii_rest"
	return 1
}

need_zfs() { kldstat -q -m zfs 2>/dev/null || limit 20 kldload zfs 2>/dev/null; }

# import_pool POOL: by force where the peer cannot have it. What is imported already is found out only where this fails.
import_pool() {
	need_zfs
	! has_stuck || return 1
	ip_force=
	[ "$peer_has_it" = yes ] || ip_force=-f
	bounded 120 zpool import $ip_force -N -o cachefile=none -d "$dev" "$1" && return 0
	look_pools
	has_word "$1" "$lm_pools"
}

# load_key POOL: of an encrypted one, from the file that it names itself, on this node.
load_key() {
	noted "$1" keyfile || return 0
	bounded_to "$run/key.$$" 20 zfs get -H -o value keystatus "$1" || return 1
	first_line "$run/key.$$"
	[ "$line" = available ] || bounded 30 zfs load-key -r "$1" && return 0
	log "the key of pool $1 cannot be loaded from $noted"
	return 1
}

# Every dataset that mounts by itself; parents come first in the list.
mount_datasets() { # POOL
	load_key "$1" || return 1
	bounded_to "$run/datasets.$$" 20 zfs list -H -r -t filesystem -o name,canmount,mounted,mountpoint "$1" || return 1
	while read -r md_name md_can md_mounted md_point; do
		case $md_can:$md_mounted:$md_point in
		on:no:legacy | on:no:none) ;;
		on:no:*) bounded 30 zfs mount "$md_name" || return 1 ;;
		esac
	done <"$run/datasets.$$"
	return 0
}

# detach: the opposite order, politely first. 0 only when nothing of it is mounted or imported, and GEOM counts no user of a device.
detach() {
	dt_reverse=
	while IFS= read -r dt_line; do
		[ -z "$dt_line" ] || dt_reverse="$dt_line$nl$dt_reverse"
	done <<-EOF
		$storage
	EOF
	while read -r dt_type dt_1 dt_rest; do
		case $dt_type in
		ufs) detach_ufs "$dt_1" ;;
		zfs) detach_zfs "$dt_1" "$dt_rest" ;;
		esac
	done <<-EOF
		$dt_reverse
	EOF
	look_mounts
	case $o_mounts:$o_attached:$lm_pools_known in
	unknown:*:yes | *:?*:yes) return 1 ;;
	esac
	are_closed
}

# A flush may take its time, more in a planned move, which ends here when it takes longer. Who uses it is asked to go, and then
# is ended.
detach_ufs() { # RESOURCE
	read_mounts
	mounts_of "$1"
	while read -r du_point; do
		[ -n "$du_point" ] || continue
		du_rc=0
		bounded "$patience" umount "$du_point" || du_rc=$?
		case $du_rc:$dm_planned in
		0:* | 125:* | 124:yes) continue ;;
		124:*) ;;
		*) ! free_mount "$du_point" || continue ;;
		esac
		bounded "$patience" umount -f "$du_point"
	done <<-EOF
		$points
	EOF
}

free_mount() { # MOUNTPOINT
	bounded 10 fuser -k -c -s TERM "$1"
	for fm_try in 1 2 3 4 5; do
		sleep 0.2
		bounded "$patience" umount "$1" && return 0
	done
	: "$fm_try"
	bounded 10 fuser -k -c -s KILL "$1"
	return 1
}

detach_zfs() { # POOL "LAYOUT RESOURCE..."
	look_pools
	if [ "$lm_pools_known" = yes ]; then has_word "$1" "$lm_pools" || return 0; fi
	dz_rc=0
	bounded "$patience" zpool export "$1" || dz_rc=$?
	case $dz_rc:$dm_planned in
	0:* | 125:* | 124:yes) ;;
	*) bounded "$patience" zpool export -f "$1" ;;
	esac
}

# are_closed: nobody has a device of ours open, by whatever name: GEOM's own count. What only tastes is gone in a moment.
are_closed() {
	for ac_try in 1 2 3 4 5 6 7 8 9 10; do
		ac_mesh=$(limit 10 sysctl -n kern.geom.confxml 2>/dev/null) || return 1
		ac_open=no
		for ac_resource in $resources; do
			ac_head=${ac_mesh%%"<name>hast/$ac_resource</name>$nl$tab  <mediasize>"*}
			[ "$ac_head" != "$ac_mesh" ] || continue
			case ${ac_head##*<mode>} in
			r0w0e0*) ;;
			*) ac_open=yes ;;
			esac
		done
		[ "$ac_open" = yes ] || return 0
		sleep 0.2
	done
	: "$ac_try"
	log "GEOM still counts a user of a device"
	return 1
}

# watch_devices tick|wake|request: while it serves, once a minute a block of every device is read in the background. $run/reading
# counts the looks until the last one has ended. A storage that hangs for two minutes is as good as none.
watch_devices() {
	case $1:$o_roles:$o_mounts in
	tick:all-primary:all) ;;
	tick:*) drop "$run/reading" && return 0 ;;
	*) return 0 ;;
	esac
	if first_line "$run/reading" && is_number "$line"; then
		put "$run/reading" "$((line + 1))$nl"
		[ "$line:$on_demote_failure:$o_mode" != 12:reboot:off ] || self_fence storage-hangs
	elif [ $((beat % 60)) -lt 10 ]; then
		put "$run/reading" "0$nl"
		read_devices &
	fi
}

read_devices() {
	for rd_resource in $resources; do
		dd if="$dev/$rd_resource" of=/dev/null bs=4096 count=1
	done
	drop "$run/reading"
} </dev/null >/dev/null 2>&1

is_hanging() {
	has_stuck || { first_line "$run/reading" && is_number "$line" && [ "$line" -ge 2 ]; }
}
