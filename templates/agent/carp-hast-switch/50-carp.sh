# ---------------------------------------------------------------- CARP

# set_skew 0|20|240|keep: what this node advertises; rc.conf always says 240. From FreeBSD 14 on ifconfig(8) goes back to
# multicast with every change that does not name the peer (sbin/ifconfig/carp.c, carp_ctor).
set_skew() {
	case $1:$o_carp in
	keep:* | "$o_skew":* | *:none) return 0 ;;
	esac
	# shellcheck disable=SC2086 # words
	if limit 5 ifconfig "$carp_interface" vhid "$carp_vhid" advskew "$1" $o_unicast 2>/dev/null; then
		o_skew=$1
	else
		log "cannot set advskew $1 on $carp_interface vhid $carp_vhid"
		return 1
	fi
}
