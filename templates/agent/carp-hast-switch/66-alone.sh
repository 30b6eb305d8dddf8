# lost_secondary RESOURCE: from hastd's hook, without the lock. What is written from now on is here alone. Until it is known what
# has become of the peer, the worker is stopped (SIGSTOP; the head of this file has done it): no acknowledgement, and no answer
# to hastctl, for hastd waits for its workers. It is let go in any case.
lost_secondary() {
	if is_armed && [ -e "$run/halted.$1" ] && has_word "$1" "$resources" && ! may_go_on; then
		log "gives up $1 before it has written alone: peer $p_state${p_word:+ ($p_word)}"
		[ "$p_state" != dead ] || write_file "$db/owed" "$nl"
		kill_workers
		drop_devices
		return
	fi
	# Noted at once, also for after a power cut.
	write_file "$db/lone" "$1$nl"
	if [ ! -e "$run/halted.$1" ] || ! tell_peer insync 0 -; then aside tell_peer insync 0 -; fi
}

# may_go_on: not where the peer has taken over, nor where nothing is seen of it, nor of a witness. Of one that is just promoting
# the outcome is awaited.
may_go_on() {
	o_roles=all-primary
	mg_left=20
	while [ "$mg_left" -gt 0 ]; do
		put_question
		await_answer
		p_state=dead p_word=
		[ "$ap_alive" = no ] || p_state=silent
		[ -z "$ap_answer" ] || read_answer
		case $p_state:$p_word in
		primary:promoting) ;;
		serving:* | primary:*) return 1 ;;
		dead:*)
			look_carp
			look_connected
			[ "$o_connected" = yes ]
			return
			;;
		*) return 0 ;;
		esac
		mg_left=$((mg_left - 1))
		sleep 0.5
	done
	return 1
}

# let_go RESOURCE: its worker, where it was stopped.
let_go() {
	[ -e "$run/halted.$1" ] || return 0
	limit 5 pkill -CONT -f "^hastd: $1 \\(primary\\)"
	drop "$run/halted.$1"
}

# let_go_overdue SECONDS: of a hook that was killed.
let_go_overdue() {
	set +f
	for lo_mark in "$run"/halted.*; do
		first_line "$lo_mark" || continue
		is_number "$line" || line=0
		if [ "$line" -ge "$1" ]; then
			let_go "${lo_mark##*/halted.}"
		else
			echo "$((line + 1))" >"$lo_mark"
		fi
	done
	set -f
}
