# look_mounts: o_mounts and o_attached from the kernel's own list; unknown when it does not answer. A mount whose device is gone,
# or that is elsewhere, counts as half.
look_mounts() {
	o_mounts=unknown o_attached=
	read_mounts || return 0
	lm_pools='' lm_pools_known=yes
	case $storage in
	*zfs*) look_pools ;;
	esac
	lm_want=0 lm_have=0 lm_broken=0 lm_unknown=0
	while read -r lm_type lm_1 lm_rest; do
		case $lm_type in
		ufs) lm_want=$((lm_want + 1)) && look_ufs "$lm_1" "$lm_rest" ;;
		zfs) lm_want=$((lm_want + 1)) && look_zfs "$lm_1" "$lm_rest" ;;
		esac
	done <<-EOF
		$storage
	EOF
	case $lm_unknown:$lm_have:$lm_broken:$o_roles in
	[1-9]*) ;;
	0:0:0:all-primary) [ "$lm_want" -eq 0 ] && o_mounts=all || o_mounts=none ;;
	0:0:0:*) o_mounts=none ;;
	0:"$lm_want":0:*) o_mounts=all ;;
	*) o_mounts=some ;;
	esac
}

# The root file system is always in it.
read_mounts() {
	lm_table=$(limit 10 mount -p 2>/dev/null) && [ -n "$lm_table" ]
}

# look_pools -> lm_pools, lm_pools_known. zfs and zpool load zfs.ko when it is missing; looking must not.
look_pools() {
	lm_pools='' lm_pools_known=yes
	kldstat -q -m zfs 2>/dev/null || return 0
	if bounded_to "$run/pools.$$" 10 zpool list -H -o name; then
		while read -r lp_pool; do
			lm_pools="$lm_pools $lp_pool"
		done <"$run/pools.$$"
	else
		lm_pools_known=no
	fi
}

# look_ufs RESOURCE MOUNTPOINT: every mount of the device, whatever path the mount point was named by.
look_ufs() {
	mounts_of "$1"
	[ -n "$points" ] || return 0
	o_attached="$o_attached$points"
	case $points in
	"$2$nl") ;;
	*) [ "$points" = "$(cd "$2" 2>/dev/null && pwd -P)$nl" ] || lm_broken=1 ;;
	esac
	[ -e "$dev/$1" ] || lm_broken=1
	[ "$lm_broken" -eq 1 ] || lm_have=$((lm_have + 1))
}

# mounts_of RESOURCE -> points: where it is mounted by lm_table, one a line, the last first.
mounts_of() {
	points=
	while read -r mo_device mo_point mo_rest; do
		[ "$mo_device" != "/dev/hast/$1" ] || points="$mo_point$nl$points"
	done <<-EOF
		$lm_table
	EOF
	: "$mo_rest"
}

# look_zfs POOL "LAYOUT RESOURCE...": without an answer from zpool a pool is what it was, as long as its devices are there.
look_zfs() {
	lz_there=no lz_gone=no
	for lz_resource in ${2#* }; do
		if [ -e "$dev/$lz_resource" ]; then lz_there=yes; else lz_gone=yes; fi
	done
	case $lm_pools_known:$lz_there:$lz_gone in
	no:yes:no) [ -e "$run/attached" ] || lm_unknown=1 ;;
	no:yes:yes) ;;
	no:*) has_datasets "$1" || return 0 ;;
	*) has_word "$1" "$lm_pools" || return 0 ;;
	esac
	o_attached="$o_attached$1$nl"
	if [ "$lz_gone" = no ]; then lm_have=$((lm_have + 1)); else lm_broken=1; fi
}

# has_datasets POOL: the kernel mounts something of it.
has_datasets() {
	while read -r hd_device hd_rest; do
		case $hd_device in
		"$1" | "$1"/*) return 0 ;;
		esac
	done <<-EOF
		$lm_table
	EOF
	: "$hd_rest"
	return 1
}
