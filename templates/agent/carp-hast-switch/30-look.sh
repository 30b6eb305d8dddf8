# ---------------------------------------------------------------- what this node sees of itself

# look: CARP, HAST, mounts, record, maintenance -> the o_ variables.
look() {
	look_carp
	look_hast
	look_mounts
	look_mode
	look_counters
	load_record
}

# look_carp: o_carp, o_skew, o_carrier, o_unicast (the words that name the peer, where it is not the multicast group)
# from ifconfig(8).
look_carp() {
	o_carp=none o_skew='' o_carrier=yes o_unicast='' lc_ours=no
	lc_out=$(limit 5 ifconfig "$carp_interface" 2>/dev/null) || o_carrier=no
	while read -r lc_1 lc_2 lc_3 lc_4 lc_5 lc_6 lc_7 lc_8 lc_rest; do
		case $lc_1:$lc_2:$lc_3:$lc_4 in
		carp::*:vhid:"$carp_vhid")
			o_carp=$lc_2 lc_ours=yes
			[ "$lc_5:$lc_7" = advbase:advskew ] && o_skew=$lc_8
			;;
		carp:*) lc_ours=no ;;
		peer:*) [ "$lc_ours" = no ] || look_peers "$lc_2" "$lc_4" ;;
		status::no:carrier:*) o_carrier=no ;;
		esac
	done <<-EOF
		$lc_out
	EOF
	case $o_carp in
	MASTER | BACKUP | INIT) ;;
	*) o_carp=none ;;
	esac
	: "$lc_6" "$lc_rest"
}

look_peers() { # PEER PEER6
	case $1 in
	'' | 224.0.0.18) ;;
	*) o_unicast="peer $1" ;;
	esac
	case $2 in
	'' | ff02:*) ;;
	*) o_unicast="${o_unicast:+$o_unicast }peer6 $2" ;;
	esac
}
