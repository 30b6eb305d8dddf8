# look_mounts: o_mounts and o_attached from the kernel's own list. A mount whose device is gone counts as half.
look_mounts() {
	lm_table=$(limit 10 mount -p 2>/dev/null)
	lm_pools='' lm_pools_known=yes
	case $storage in
	*zfs*) look_pools ;;
	esac
	lm_want=0 lm_have=0 lm_broken=0 o_attached=
	while read -r lm_type lm_1 lm_rest; do
		case $lm_type in
		ufs) lm_want=$((lm_want + 1)) && look_ufs "$lm_1" "$lm_rest" ;;
		zfs) lm_want=$((lm_want + 1)) && look_zfs "$lm_1" "$lm_rest" ;;
		esac
	done <<-EOF
		$storage
	EOF
	case $lm_have:$lm_broken:$o_roles in
	0:0:all-primary) [ "$lm_want" -eq 0 ] && o_mounts=all || o_mounts=none ;;
	0:0:*) o_mounts=none ;;
	"$lm_want":0:*) o_mounts=all ;;
	*) o_mounts=some ;;
	esac
}

# look_pools -> lm_pools, lm_pools_known. zfs and zpool load zfs.ko when it is missing; looking must not.
look_pools() {
	lm_pools='' lm_pools_known=yes
	kldstat -q -m zfs 2>/dev/null || return 0
	if limit_hard 10 list_pools; then
		while read -r lp_pool; do
			lm_pools="$lm_pools $lp_pool"
		done <"$run/pools"
	else
		lm_pools_known=no
	fi
}

list_pools() { zpool list -H -o name >"$run/pools"; }

# maybe_imported POOL RESOURCE...: zpool does not answer, as with a suspended pool. Then it is gone only when the
# kernel mounts nothing of it and no device is left that it could be on.
maybe_imported() {
	[ "$lm_pools_known" = no ] || return 1
	while read -r mi_device mi_rest; do
		case $mi_device in
		"$1" | "$1"/*) return 0 ;;
		esac
	done <<-EOF
		$lm_table
	EOF
	: "$mi_rest"
	shift
	for mi_resource in "$@"; do
		[ ! -e "$dev/$mi_resource" ] || return 0
	done
	return 1
}

look_ufs() { # RESOURCE MOUNTPOINT
	is_mounted "$1" "$2" || return 0
	o_attached="$o_attached$2$nl"
	if [ -e "$dev/$1" ]; then lm_have=$((lm_have + 1)); else lm_broken=1; fi
}

look_zfs() { # POOL "LAYOUT RESOURCE..."
	if ! has_word "$1" "$lm_pools"; then
		# shellcheck disable=SC2086 # a list
		maybe_imported "$1" ${2#* } || return 0
		lm_broken=1
	fi
	o_attached="$o_attached$1$nl"
	for lz_resource in ${2#* }; do
		[ -e "$dev/$lz_resource" ] || lm_broken=1
	done
	lm_have=$((lm_have + 1))
}

# is_mounted RESOURCE MOUNTPOINT: in lm_table, the output of mount -p.
is_mounted() {
	while read -r im_device im_point im_rest; do
		[ "$im_device:$im_point" = "/dev/hast/$1:$2" ] && return 0
	done <<-EOF
		$lm_table
	EOF
	: "$im_rest"
	return 1
}
