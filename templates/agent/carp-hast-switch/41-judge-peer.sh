# judge_peer: what was gathered -> p_state and relation.
judge_peer() {
	p_agent=no
	[ -z "$ap_answer" ] || p_agent=yes
	p_state=silent p_epoch='' p_agreed='' p_carp='' p_word=''
	p_roles='' p_mounts='' p_ready=no p_gone=no p_channel=ok p_counters='' p_owed=no
	if [ -n "$ap_answer" ]; then read_answer; fi
	if [ "$p_state" = silent ] && [ "$ap_alive" = no ]; then
		drop "$run/released"
		p_state=dead
	fi
	if [ "$p_state" = silent ]; then judge_released; fi
	# A primary whose every resource is connected has a secondary at the other end, whatever its agent says.
	case $p_state:$o_roles:$o_link in
	silent:all-primary:insync | silent:all-primary:syncing) p_state=down ;;
	esac
	# --force overrules silence, but this secondary is connected to a living primary.
	[ "$p_state:$o_roles:$o_link:${o_request:-none}" != silent:all-secondary:connected:force ] || p_state=primary
	if is_number "$p_epoch" && is_number "$p_agreed"; then
		compare_epochs "$r_epoch" "$r_agreed" "$p_epoch" "$p_agreed"
		case $o_roles:$p_state in
		all-init:serving | all-init:primary) ! is_overwriting || relation=diverged ;;
		esac
		weigh_owed
		note_meeting
	else
		epoch_from_memory
	fi
	# A pair that was set up by hand or by hastconf, complete, and nobody has counted yet.
	case $r_epoch:$r_peer_epoch:$o_roles:$o_link in
	0:0:all-primary:insync) relation=equal ;;
	esac
}

# weigh_owed: a primary that was cut off from everything gave its devices up, and cannot know whether what the peer had
# acknowledged has reached its disk. A peer that was promoted since had all of it on its disk before that; one that was not may
# have lost it.
weigh_owed() {
	wo_mine=
	[ ! -e "$db/owed" ] || wo_mine=mine
	case $wo_mine:$relation:$p_owed in
	mine:equal:*)
		r_epoch=$((r_epoch + 1)) relation=ahead
		save_record && publish "${published:-$state}" && drop "$db/owed"
		;;
	mine:*) drop "$db/owed" ;;
	:equal:yes) relation=behind ;;
	esac
}

read_answer() {
	while read -r ra_key ra_value ra_rest; do
		case $ra_key in
		state) p_word=$ra_value ;;
		epoch) p_epoch=$ra_value ;;
		agreed) p_agreed=$ra_value ;;
		roles) p_roles=$ra_value ;;
		mounts) p_mounts=$ra_value ;;
		carp) p_carp=$ra_value ;;
		ready) p_ready=$ra_value ;;
		gone) p_gone=$ra_value ;;
		channel) p_channel=$ra_value ;;
		owed) p_owed=$ra_value ;;
		counters) p_counters="$ra_value $ra_rest" ;;
		esac
	done <<-EOF
		$ap_answer
	EOF
	case $p_word:$p_roles:$p_mounts:$p_carp:$p_ready in
	'':* | unknown:*) ;; # its agent has not looked lately: only alive
	demoting:*) p_state=leaving ;;
	promoting:*) p_state=primary ;;
	*:all-primary:*:MASTER:*) p_state=serving ;;
	*:all-primary:* | *:mixed:*) p_state=primary ;;
	*)
		case $p_mounts:$p_ready in
		none:yes) p_state=standby ;;
		none:*) p_state=down ;;
		*) p_state=primary ;;
		esac
		;;
	esac
	[ "$p_gone:$p_state" != yes:standby ] || p_state=down
}

# A node that goes down says so before its sshd is gone; the word holds until it can have booted again.
judge_released() {
	first_line "$run/released" || return 0
	# shellcheck disable=SC2086 # three numbers
	set -- $line
	is_number "${1:-}" && is_number "${2:-}" && is_number "${3:-}" || return 0
	[ $(($(now) - $1)) -le 10 ] || return 0
	p_state=down p_epoch=$2 p_agreed=$3 p_gone=yes
}

note_meeting() {
	case $relation in
	diverged) mark diverged ;;
	*) drop "$run/diverged" ;;
	esac
	# That the copies were equal once says nothing about later: only who is told insync has met its primary.
	[ "$relation" = equal ] || drop "$run/met"
	if [ "$p_epoch" != "$r_peer_epoch" ]; then
		r_peer_epoch=$p_epoch
		save_record
	fi
	case $p_state in
	serving)
		# Whoever we made way for has arrived.
		mark served
		drop "$run/hold" "$run/gave"
		;;
	esac
	case $relation:$r_fresh:$p_state in
	behind:fresh:* | behind:unknown:*) set_fresh stale "peer has epoch $p_epoch" ;;
	equal:unknown:standby | equal:unknown:down | ahead:unknown:standby | ahead:unknown:down)
		# It was out of touch, no more, and now knows that the peer has not gone on.
		[ "$r_epoch" -eq 0 ] || set_fresh fresh "peer has only epoch $p_epoch"
		;;
	esac
}

# look_connected -> o_connected: carrier, and one of the witnesses where there are any.
look_connected() {
	o_connected=$o_carrier
	[ "$o_connected" = yes ] && [ -n "$witnesses" ] || return 0
	lo_dir=$run/witness.$$
	mkdir -p "$lo_dir"
	lo_pids=
	for lo_witness in $witnesses; do
		probe "$lo_dir/$lo_witness" ping_it "$lo_witness" 700 -c 3 -i 0.3
		lo_pids="$lo_pids $!"
	done
	# shellcheck disable=SC2086 # a list
	wait $lo_pids 2>/dev/null
	o_connected=no
	for lo_witness in $witnesses; do
		probe_code "$lo_dir/$lo_witness"
		[ "$probed" = 0 ] && o_connected=yes
	done
	rm -rf "$lo_dir" 2>/dev/null
	return 0
}
