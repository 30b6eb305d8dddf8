verb_start() {
	for vs_mark in served met lost since told request hold gave misplaced anew decision released services attached bad-disk \
		hook.connect hook.split-brain wanted reading public silent mute soon stopping moved promoting; do
		drop "$run/$vs_mark"
	done
	close_streams
	let_go_overdue 0
	# Nobody waits for these any more.
	drop "$db/spool/demote" "$db/spool/released" "$db/spool/equal"
	# What this node was told is forgotten: it wants to be told again.
	look_beat
	echo "$beat.$$" >"$run/meeting"
	case $storage in
	# Not first in a promotion.
	*zfs*) need_zfs ;;
	esac
	mark armed
	daemon -f -r -P "$pidfile" "$self" loop
}

# A hastd that died says nothing; its devices are gone. The list is read anew: a resource that hastconf has taken away
# since this loop began would be lost at every look.
device_lost() {
	[ -e "$run/attached" ] || return 1
	while read -r dl_word dl_resource; do
		[ "$dl_word" = declare_resource ] || continue
		dl_resource=${dl_resource#\'}
		[ -e "$dev/${dl_resource%\'}" ] || return 0
	done <"$etc/agent.conf"
	return 1
}

# The agent's heart: counts the seconds, keeps the connections to the peer, and sees to it that somebody looks every ten
# seconds (two, while something is awaited), and at once when there is something new. It never waits for the look.
# daemon(8) starts it anew should it end, as it does when it cannot fork.
verb_loop() {
	close_streams
	look_beat
	lo_due=$beat lo_job=
	while [ -e "$run/armed" ] || [ -e "$run/stopping" ]; do
		beat=$((beat + 1))
		echo "$beat" >"$run/beat"
		quiet=no
		keep_stream rep
		keep_stream lan
		hear_hello
		let_go_overdue 20
		if [ -e "$run/armed" ] && [ -n "$lo_job" ] && kill -0 "$lo_job" 2>/dev/null; then
			: # somebody looks
		elif [ -e "$run/armed" ]; then
			take_turn </dev/null >/dev/null 2>&1
		fi
		sleep 1
	done
}

take_turn() {
	if [ "$beat" -ge "$lo_due" ]; then
		lo_due=$((beat + 10))
		[ -e "$run/served" ] && [ ! -e "$run/soon" ] || lo_due=$((beat + 2))
		with_lock 5 tick &
		lo_job=$!
	elif has_word_from_peer || wants_look; then
		wake &
		lo_job=$!
	fi
}

# On a node that serves: a device is gone, a network is quiet, or the secondary has been connected anew, or started anew, and
# does not know yet that it is equal.
wants_look() {
	[ -e "$run/attached" ] || return 1
	[ "$quiet" != yes ] && ! device_lost && ! peer_claims || return 0
	# A peer that is back wants to be reached again.
	[ ! -e "$run/rejected" ] || [ $((beat - heard)) -gt 3 ] || return 0
	first_line "$run/told" && look_link rep && recall rep || return 1
	fact meeting
	line=${line#* }
	[ "$fact" != "${line%% *}" ]
}

has_word_from_peer() {
	[ -e "$db/spool/demote" ] || [ -e "$db/spool/insync" ] || [ -e "$db/spool/released" ] || [ -e "$db/spool/equal" ]
}

# Its agent is there: no need to wait with the next try.
hear_hello() {
	[ -e "$db/spool/hello" ] || return 0
	drop "$db/spool/hello"
	for hh_path in rep lan; do
		look_link "$hh_path"
		[ "$link" != closed ] || echo "closed 0 0" >"$run/link.$hh_path"
	done
}

# The connections stay until the peer has heard of it.
verb_stop() {
	mark stopping
	drop "$run/armed"
	vs_rc=0
	with_lock 0 stop || vs_rc=$?
	if [ "$vs_rc" -eq 75 ]; then
		# A promotion may take as long as fsck does; whatever else is going on comes to its end.
		if first_line "$run/reconciler" && is_number "$line"; then kill -USR2 "$line" 2>/dev/null; fi
		vs_rc=0
		with_lock 45 stop || vs_rc=$?
	fi
	drop "$run/stopping"
	let_go_overdue 0
	if first_line "$pidfile" && is_number "$line"; then kill "$line" 2>/dev/null; fi
	rm -f "$pidfile"
	close_streams
	[ "$vs_rc" -eq 0 ] || fail "could not hand the storage over"
}

# Under the lock: the storage goes first, then the address, then the word to the peer, whose ssh may not reach us any more.
release() {
	trap 'clean_up' EXIT
	stopping=yes p_state=unasked reason=shutdown relation=unknown rl_rc=0
	look
	name_state
	case $o_roles:$o_mounts in
	all-primary:* | mixed:* | *:all | *:some)
		demote secondary shutdown || rl_rc=1
		[ "$rl_rc" -ne 0 ] || tell_peer released "$r_epoch" "$r_agreed"
		;;
	*)
		set_skew 240
		# What the primary had acknowledged by this disk, should it be dead.
		drain_queue
		;;
	esac
	look
	publish down
	return "$rl_rc"
}

write_changed() { # FILE LINE
	if ! first_line "$1" || [ "$line" != "$2" ]; then write_public "$2$nl" "$1"; fi
}

# locked KIND: the part that runs under lockf.
verb_locked() {
	case ${1:-} in
	stop) release ;;
	tick | wake | request)
		reconcile "$1"
		# For whoever asked: what counts is who has the storage, whatever else there is to say.
		case $o_roles:$o_mounts in
		all-primary:all) state=serving ;;
		all-primary:* | mixed:* | *:some | *:all) state=holding ;;
		esac
		write_changed "$run/answer" "$state $reason"
		write_changed "$run/decision" "$reason $p_state $p_agent $p_rep $p_lan"
		;;
	*) usage ;;
	esac
}
