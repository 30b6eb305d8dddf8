# ---------------------------------------------------------------- storage

# attach: every file system and pool, in order. Stops at the first that fails and leaves its name in failed.
attach() {
	failed=
	while read -r at_type at_1 at_rest; do
		case $at_type in
		ufs) attach_ufs "$at_1" "$at_rest" || failed="$at_1" ;;
		zfs) attach_zfs "$at_1" || failed="$at_1" ;;
		esac
		[ -z "$failed" ] || return 1
	done <<-EOF
		$storage
	EOF
	return 0
}

attach_ufs() { # RESOURCE MOUNTPOINT
	lm_table=$(limit 10 mount -p 2>/dev/null)
	is_mounted "$1" "$2" && return 0
	limit_hard 300 fsck -p -t ufs "$dev/$1" || limit_hard 3600 fsck -y -t ufs "$dev/$1" || return 1
	limit_hard 30 mount "$dev/$1" "$2" || return 1
	lm_table=$(limit 10 mount -p 2>/dev/null)
	is_mounted "$1" "$2"
}

# rehearse: what can be known of attach before its first write, after which there is no way back to a plain secondary.
# The first pool needs none: an import that fails has written nothing.
rehearse() {
	rh_before=
	while read -r rh_type rh_1 rh_rest; do
		failed=$rh_1
		case $rh_type:$rh_before in
		ufs:*) [ -d "$rh_rest" ] || mkdir -p "$rh_rest" || return 1 ;;
		zfs:yes) is_importable "$rh_1" || return 1 ;;
		esac
		[ "$rh_type" = raw ] || rh_before=yes
	done <<-EOF
		$storage
	EOF
	return 0
}

is_importable() { # POOL
	need_zfs
	look_pools
	! has_word "$1" "$lm_pools" || return 0
	limit_hard 60 list_importable
	ii_name=
	while read -r ii_key ii_value ii_rest; do
		case $ii_key:$ii_name:$ii_value in
		pool:*) ii_name=$ii_value ;;
		state::"$1":ONLINE | state::"$1":DEGRADED) return 0 ;;
		esac
	done <"$run/importable"
	: "$ii_rest"
	return 1
}

list_importable() { zpool import -d "$dev" >"$run/importable"; }

need_zfs() { kldstat -q -m zfs 2>/dev/null || limit 20 kldload zfs 2>/dev/null; }

# -f only where the peer cannot have the pool: a clean export does not need it.
attach_zfs() { # POOL
	need_zfs
	look_pools
	[ "$lm_pools_known" = yes ] || return 1
	if ! has_word "$1" "$lm_pools"; then
		if ! limit_hard 60 zpool import -N -o cachefile=none -d "$dev" "$1"; then
			[ "$peer_has_it" = no ] || return 1
			limit_hard 120 zpool import -f -N -o cachefile=none -d "$dev" "$1" || return 1
		fi
		look_pools
		has_word "$1" "$lm_pools" || return 1
	fi
	mount_datasets "$1"
}

# Every dataset that mounts by itself; parents come first in the list.
mount_datasets() { # POOL
	md_list=$(limit 20 zfs list -H -r -t filesystem -o name,canmount,mounted,mountpoint "$1" 2>/dev/null) || return 1
	while read -r md_name md_can md_mounted md_point; do
		case $md_can:$md_mounted:$md_point in
		on:no:legacy | on:no:none) ;;
		on:no:*) limit_hard 30 zfs mount "$md_name" || return 1 ;;
		esac
	done <<-EOF
		$md_list
	EOF
	return 0
}

# detach: the opposite order, politely first. 0 only when the kernel no longer lists any of it.
detach() {
	dt_reverse=
	while IFS= read -r dt_line; do
		[ -z "$dt_line" ] || dt_reverse="$dt_line$nl$dt_reverse"
	done <<-EOF
		$storage
	EOF
	while read -r dt_type dt_1 dt_rest; do
		case $dt_type in
		ufs) detach_ufs "$dt_1" "$dt_rest" ;;
		zfs) detach_zfs "$dt_1" "$dt_rest" ;;
		esac
	done <<-EOF
		$dt_reverse
	EOF
	look_mounts
	[ "$o_mounts" = none ] || [ -z "$o_attached" ]
}

detach_ufs() { # RESOURCE MOUNTPOINT
	lm_table=$(limit 10 mount -p 2>/dev/null)
	is_mounted "$1" "$2" || return 0
	limit_hard 5 umount "$2" && return 0
	limit_hard 3 fuser -k -c -s TERM "$2"
	sleep 1
	limit_hard 5 umount "$2" && return 0
	limit_hard 3 fuser -k -c -s KILL "$2"
	limit_hard 10 umount -f "$2"
}

detach_zfs() { # POOL "LAYOUT RESOURCE..."
	lm_table=$(limit 10 mount -p 2>/dev/null)
	look_pools
	# shellcheck disable=SC2086 # a list
	has_word "$1" "$lm_pools" || maybe_imported "$1" ${2#* } || return 0
	limit_hard 10 zpool export "$1" || limit_hard 15 zpool export -f "$1"
}

# A copy that hastd thinks complete may still hang on the first read (a stale one made primary).
read_devices() {
	for rd_resource in $resources; do
		limit_hard $((hast_timeout + 5)) dd if="$dev/$rd_resource" of=/dev/null bs=4096 count=1 || return 1
	done
}
