# peer_claims: by its last answer it is primary as well, or about to be.
peer_claims() {
	for pc_path in rep lan; do
		look_link "$pc_path"
		if ! recall "$pc_path" || [ $((beat - heard)) -gt 3 ]; then continue; fi
		case $answer in
		*"${nl}roles all-primary$nl"* | *"${nl}roles mixed$nl"* | *"${nl}state promoting$nl"*) return 0 ;;
		esac
	done
	return 1
}

# look_mute STATE: an agent that has just been started has said nothing yet.
look_mute() {
	case $1 in
	unknown) ;;
	*)
		drop "$run/mute"
		return
		;;
	esac
	if ! first_line "$run/mute" || ! is_number "$line"; then
		echo "$beat" >"$run/mute"
	elif [ $((beat - line)) -ge 15 ]; then
		o_channel=mute
	fi
}

# look_channel -> o_channel: ok; broken: the peer lives, and its agent does not answer on any network; mute: what answers
# there is no agent that looks. p_channel: what the peer says of its own connections to here.
look_channel() {
	o_channel=ok lc_worst=0 p_channel=ok
	look_beat
	for lc_path in rep lan; do
		path_address "$lc_path" || continue
		look_link "$lc_path"
		if recall "$lc_path" && [ $((beat - heard)) -le 10 ]; then
			fact channel
			[ -z "$fact" ] || p_channel=$fact
			fact state
			look_mute "$fact"
			return 0
		fi
		[ "$tries" -le "$lc_worst" ] || lc_worst=$tries
	done
	# The first tries after a boot, its or ours, may come too early.
	[ "$lc_worst" -ge 3 ] || return 0
	case $o_link:$p_state in
	connected:* | insync:* | syncing:* | *:silent) o_channel=broken ;;
	esac
}
