verb_start() {
	for vs_mark in served met lost since told request hold gave misplaced anew decision released services attached bad-disk bad-service promoting service-bad services.checked restarts hook.connect hook.split-brain wanted reading; do
		rm -f "$run/$vs_mark"
	done
	# Nobody waits for these any more.
	rm -f "$db/spool/demote" "$db/spool/released" "$db/spool/equal"
	case $storage in
	# Not first in a promotion.
	*zfs*) need_zfs ;;
	esac
	boot_time >"$run/armed"
	daemon -f -p "$pidfile" "$self" loop
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

# The timer: a look every ten seconds (two, until somebody serves after a boot), and within a second when the peer has handed something in.
verb_loop() {
	vl_count=0
	while [ -e "$run/armed" ]; do
		if [ "$vl_count" -le 0 ]; then
			vl_count=10
			[ -e "$run/served" ] || vl_count=2
			with_lock 5 tick >/dev/null 2>&1 </dev/null
		elif device_lost || [ -e "$db/spool/demote" ] || [ -e "$db/spool/insync" ] || [ -e "$db/spool/released" ] ||
			[ -e "$db/spool/equal" ]; then
			wake >/dev/null 2>&1 </dev/null
		fi
		vl_count=$((vl_count - 1))
		sleep 1
	done
}

verb_stop() {
	rm -f "$run/armed"
	if first_line "$pidfile" && is_number "$line"; then kill "$line" 2>/dev/null; fi
	rm -f "$pidfile"
	vs_rc=0
	with_lock 0 stop || vs_rc=$?
	if [ "$vs_rc" -eq 75 ]; then
		# A promotion may take as long as fsck does; whatever else is going on comes to its end.
		if first_line "$run/reconciler" && is_number "$line"; then kill -USR2 "$line" 2>/dev/null; fi
		vs_rc=0
		with_lock 45 stop || vs_rc=$?
	fi
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
		await_less queue
		;;
	esac
	look
	publish down
	return "$rl_rc"
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
		write_public "$state $reason$nl" "$run/answer"
		write_public "$reason $p_state $p_agent $p_rep $p_lan$nl" "$run/decision"
		;;
	*) usage ;;
	esac
}
