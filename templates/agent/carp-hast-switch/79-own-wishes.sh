# ---------------------------------------------------------------- what it asks of itself, as the operator would

# wants_away -> wa_why: something here has failed that the other node may not lack.
wants_away() {
	wa_why=local-errors
	wants_away_disk && return 0
	wa_why=service-failed
	wants_away_service
}

# wants_away_service: it does not start here, or keeps dying. Whoever was given the storage for it does not give it back.
wants_away_service() { [ "$on_service_failure" = handover ] && [ -e "$run/service-bad" ]; }

# has_bad_service: within an hour after the storage was handed over for it.
has_bad_service() {
	first_line "$run/bad-service" && is_number "$line" || return 1
	hb_age=$(($(now) - line))
	[ "$hb_age" -ge 0 ] && [ "$hb_age" -lt 3600 ]
}

# wants_away_disk: the local disk of this primary has failed below HAST, which goes on with the other one alone. Where the
# storage has come back, nobody else could serve: not again within an hour.
wants_away_disk() {
	[ "$on_disk_error" = handover ] && [ "$o_errors" -gt 0 ] || return 1
	first_line "$run/bad-disk" && is_number "$line" || return 0
	wa_age=$(($(now) - line))
	[ "$wa_age" -lt 0 ] || [ "$wa_age" -ge 3600 ]
}

# gives_away tick|wake|request: whether a fresh peer is to have the storage now, because something here has failed.
gives_away() {
	wants_away || return 1
	case $p_state:$o_roles:$o_mounts:$o_mode:$1:$o_request in
	standby:all-primary:all:off:tick:none) has_rested ;;
	*) return 1 ;;
	esac
}

# has_rested: the last move was more than a minute ago, or before the agent was started.
has_rested() {
	first_line "$run/moved" && is_number "$line" || return 0
	look_beat
	[ $((beat - line)) -gt 60 ]
}

# gives_back tick|wake|request: whether the preferred node is to have the storage back now. One that was given it and
# could not serve is given it again after an hour, not at every tick.
gives_back() {
	case $failback:$preferred:$p_state:$o_roles:$o_mounts:$o_mode:$1:$o_request in
	auto:0:standby:all-primary:all:off:tick:none) ;;
	*) return 1 ;;
	esac
	has_rested || return 1
	gb_now=$(now)
	if first_line "$run/gave" && is_number "$line" && [ "$line" -le "$gb_now" ] && [ $((gb_now - line)) -lt 3600 ]; then
		return 1
	fi
	echo "$gb_now" >"$run/gave"
	log "failback: $peer is the preferred node"
}

# follows_address tick|wake|request: CARP has brought the address here and leaves it, although the peer serves: its
# demotion counter is raised, as with another of its interfaces down. The storage comes after, as a planned move.
follows_address() {
	case $1:$o_request:$o_mode:$o_carp:$p_state:$p_word:$p_carp:$o_roles:$o_mounts:$r_fresh:$relation in
	tick:none:off:MASTER:primary:serving:BACKUP:all-secondary:none:fresh:equal) ;;
	tick:*) drop "$run/misplaced" && return 1 ;;
	*) return 1 ;;
	esac
	fa_now=$(now)
	if ! first_line "$run/misplaced" || ! is_number "$line"; then
		echo "$fa_now" >"$run/misplaced"
		return 1
	fi
	[ $((fa_now - line)) -ge 5 ] || return 1
	# Should it be refused, the next try is in ten minutes.
	echo $((fa_now + 600)) >"$run/misplaced"
	log "the address has come here and stays: asking $peer for the storage"
}
