# reconcile tick|wake|request: under the lock.
reconcile() {
	trap 'clean_up' EXIT
	trap 'exit 1' HUP INT TERM
	trap 'interrupt' USR2
	{ echo $$ >"$run/reconciler"; } 2>/dev/null
	unblock_left_over
	sweep ask said witness pools datasets
	rc_rounds=0 rc_waits=0 ap_known=no
	while [ "$rc_rounds" -lt 20 ]; do
		drop "$run/wanted"
		look
		keep_books
		read_spool
		look_phase
		look_request
		name_state
		think "$1"
		act || break
		[ "$action" != none ] || [ -e "$run/wanted" ] || break
	done
	# A request that came after the last look is for whoever comes next.
	[ "$o_request" = none ] || drop "$run/request"
	[ "$action" = none ] || look
	name_state
	lift_route
	watch_devices "$1"
	look_channel
	check_alarms
	publish "$state"
	# What may change from one second to the next.
	case $reason:$untold in
	peer-silent:* | waiting-peer:* | epoch-unknown:* | disconnected:* | two-primaries:* | *:yes) mark soon ;;
	*) drop "$run/soon" ;;
	esac
	if [ "$o_roles:$o_mounts" = all-primary:all ]; then
		mark attached
	else
		drop "$run/attached"
	fi
}

# sweep NAME...: what somebody who was killed has left behind.
sweep() {
	set +f
	for sw_name in "$@"; do
		for sw_file in "$run/$sw_name".*; do
			[ ! -e "$sw_file" ] || rm -rf "$sw_file" 2>/dev/null
		done
	done
	set -f
}

clean_up() {
	stop_ringing
	stop_fence
	[ -e "$run/attached" ] || unblock_peer
}

# act: carries the decision out; 1 ends the round.
act() {
	rc_rounds=$((rc_rounds + 1))
	case $action in
	none)
		set_skew "$skew"
		act_services
		;;
	wait)
		rc_waits=$((rc_waits + 1)) rc_rounds=$((rc_rounds - 1))
		[ "$rc_waits" -lt 200 ] || return 1
		sleep 0.3
		;;
	promote) has_news || ! still_so || has_news || promote "$reason" ;;
	demote)
		case $reason in
		isolated) ! still_so || abandon "$reason" ;;
		*) ! still_so || demote secondary "$reason" ;;
		esac
		;;
	retire)
		case $reason in
		two-primaries) abandon "$reason" ;;
		*) demote init "$reason" ;;
		esac
		;;
	secondary) become_secondary ;;
	takeover)
		# The peer goes by what it reads: a hold that has just ended, for one.
		publish "$state"
		take_over "$reason"
		;;
	*) return 1 ;;
	esac
}

# Who works on the node may stop a service meanwhile.
act_services() {
	[ "$o_roles:$o_mounts:$skew" = all-primary:all:0 ] || return 0
	if [ -e "$run/services" ]; then
		# Cut off before its services: perhaps also before the last file system.
		! attach || start_services
	elif [ "$o_mode" = off ]; then
		check_services
	fi
}

# has_news: the peer has said something, or was connected, since the look that the decision is for. Asking takes seconds
# at times; a promotion is not for what was so before them.
has_news() {
	case $o_roles in
	all-primary | mixed) return 1 ;;
	esac
	[ ! -e "$run/hook.connect" ] || return 0
	for hn_word in insync equal released; do
		if [ -f "$db/spool/$hn_word" ] && [ ! -h "$db/spool/$hn_word" ]; then return 0; fi
	done
	return 1
}

become_secondary() {
	set_skew 240
	bs_from=$state bs_start=$(now)
	set_roles secondary || return 1
	drop "$run/lost"
	r_at=$(wall_clock)
	r_from=$bs_from r_to=standby r_reason=$reason r_seconds=$(($(now) - bs_start)) r_role=secondary
	save_record
	log "$bs_from -> standby: $reason, ${r_seconds} s, epoch $r_epoch"
	tell_hooks transition "$bs_from" standby "$reason"
}
