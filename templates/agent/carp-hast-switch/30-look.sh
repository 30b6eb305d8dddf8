# ---------------------------------------------------------------- what this node sees of itself

# look: CARP, HAST, mounts, record, maintenance -> the o_ variables.
look() {
	look_carp
	look_hast
	look_mounts
	look_mode
	load_record
}

# look_carp: o_carp, o_skew, o_carrier from ifconfig(8).
look_carp() {
	o_carp=none o_skew='' o_carrier=yes
	lc_out=$(limit 5 ifconfig "$carp_interface" 2>/dev/null) || o_carrier=no
	while read -r lc_1 lc_2 lc_3 lc_4 lc_5 lc_6 lc_7 lc_8 lc_rest; do
		case $lc_1:$lc_2:$lc_3:$lc_4 in
		carp::*:vhid:"$carp_vhid")
			o_carp=$lc_2
			[ "$lc_5:$lc_7" = advbase:advskew ] && o_skew=$lc_8
			;;
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
