# keep_books: the part of the record that follows from what was seen, before anything is decided.
keep_books() {
	untold=no
	case $o_roles:$o_mounts in
	all-primary:all) keep_books_primary ;;
	all-primary:* | mixed:*) ;;
	*) keep_books_secondary ;;
	esac
}

# A primary that lost its secondary goes on with data of its own: a new epoch.
keep_books_primary() {
	mark served
	drop "$run/lost" "$run/hook.connect"
	if [ "$r_epoch" -eq 0 ]; then
		# A pair that was set up by hand or by hastconf: equal copies, and nobody has counted yet.
		[ "$o_link" = insync ] || return 0
		r_epoch=$((r_peer_epoch + 1))
	fi
	if [ "$o_link" = degraded ] || [ -e "$db/lone" ]; then
		if [ "$r_epoch" -eq "$r_agreed" ]; then
			r_epoch=$((r_epoch + 1)) r_fresh=fresh
			drop "$run/told"
			save_record || return 0
			log "going on without the secondary: epoch $r_epoch"
			aside tell_peer insync 0 -
		fi
		drop "$db/lone"
	fi
	[ "$o_link" != insync ] || tell_insync
}

# Both copies are the same now. Our own record first: a word that gets lost is said again.
tell_insync() {
	if [ "$r_agreed" -ne "$r_epoch" ] || [ "$r_fresh" != fresh ]; then
		r_agreed=$r_epoch r_fresh=fresh
		save_record || return 0
		log "in sync at epoch $r_epoch"
	fi
	mark met
	drop "$db/owed"
	# A secondary that does not know it would not take over.
	is_told || say_insync || { untold=yes && return 0; }
	[ "$r_peer_epoch" = "$r_epoch" ] || { r_peer_epoch=$r_epoch && save_record; }
}

# is_told: the peer has heard it, on this connection, and says that it has taken it up, or will.
is_told() {
	first_line "$run/told" || return 1
	# shellcheck disable=SC2086 # EPOCH MEETING BEAT
	set -- $line
	[ "${1:-}" = "$r_epoch" ] || return 1
	look_beat
	for it_path in rep lan; do
		look_link "$it_path"
		recall "$it_path" || continue
		fact meeting
		[ "$fact" = "${2:-}" ] || return 1
		fact fresh
		it_fresh=$fact
		fact met
		[ "$it_fresh:$fact" != fresh:yes ] || return 0
	done
	[ $((beat - ${3:-0})) -lt 15 ]
}

# Which connection it is for is asked for after the look at HAST: a later one is not meant.
say_insync() {
	ask_once || return 1
	fact meeting
	si_meeting=$fact
	# It may have taken seconds, and the secondary have been lost in them.
	[ -n "$si_meeting" ] && [ ! -e "$db/lone" ] && tell_peer insync "$r_epoch" "$si_meeting" || return 1
	# What the hook has said meanwhile may have come before it.
	if [ -e "$db/lone" ]; then
		tell_peer insync 0 -
		return 1
	fi
	look_beat
	echo "$r_epoch $si_meeting $beat" >"$run/told"
}

# Out of touch with a living primary means stale: replication lost while the address was still advertised by
# somebody else for longer than CARP needs to notice a dead master.
keep_books_secondary() {
	if [ -e "$db/lone" ]; then count_lone_writes; fi
	# Without a role it is out of touch, through no fault of the primary's.
	if [ "$o_roles" = all-secondary ]; then
		drop "$run/promoting"
	elif ! is_promoting; then
		drop "$run/met"
	fi
	if [ -e "$run/hook.connect" ]; then
		drop "$run/hook.connect" "$run/lost"
		if [ "$o_roles" = all-secondary ] && [ "$r_fresh" != stale ]; then
			[ "$r_fresh" != fresh ] || mark anew
			set_fresh stale "connected anew, waiting for the word of the primary"
		fi
		return 0
	fi
	[ "$r_fresh" = fresh ] || return 0
	if [ "$o_link" = connected ]; then
		if [ -e "$run/lost" ]; then
			drop "$run/lost"
			set_fresh stale "was out of touch"
		fi
		return 0
	fi
	kb_now=$(now)
	if ! first_line "$run/lost"; then
		echo "$kb_now" >"$run/lost"
	elif [ "$o_carp" = BACKUP ] && is_number "$line" && [ $((kb_now - line)) -gt $((3 * carp_advbase + 4)) ]; then
		kb_still_fresh || set_fresh unknown "out of touch while the address is advertised"
	fi
}

# is_promoting: a promotion that was cut off, so lately that no peer can have come back and gone on since.
is_promoting() {
	first_line "$run/promoting" && is_number "$line" && [ $(($(now) - line)) -le 30 ]
}

# A peer that says it is not primary writes nothing, nor does a dead one. A copy that has not gone on alone cannot know
# how long the peer has been dead.
kb_still_fresh() {
	ask_peer
	case $p_state:$((r_epoch > r_agreed)) in
	standby:* | down:* | dead:1) echo "$kb_now" >"$run/lost" && return 0 ;;
	esac
	return 1
}
