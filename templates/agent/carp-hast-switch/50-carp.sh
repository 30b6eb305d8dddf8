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

# give_address tick|wake|request: this node has taken the address of the node that serves. A slow advskew alone does not
# give it back where that one's demotion counter is raised: it advertises 240 then, as we do, and nobody preempts.
give_address() {
	[ "$1:$reason:$skew:$o_carp:$p_carp" = tick:peer-serving:240:MASTER:BACKUP ] || return 0
	log "giving the address back to $peer"
	# shellcheck disable=SC2086 # words
	limit 5 ifconfig "$carp_interface" vhid "$carp_vhid" state backup $o_unicast 2>/dev/null
}
