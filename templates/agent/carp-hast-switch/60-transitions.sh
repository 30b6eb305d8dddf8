# ---------------------------------------------------------------- transitions

# begin_transition STATE: published before anything changes, so that the peer never takes us for idle.
begin_transition() {
	t_from=$state t_start=$(now)
	publish "$1"
}

end_transition() { # TO REASON
	t_seconds=$(($(now) - t_start))
	r_from=$t_from r_to=$1 r_reason=$2 r_seconds=$t_seconds r_at=$(wall_clock) r_role=${o_roles#all-}
	save_record || log "cannot write $db/record"
	log "$t_from -> $1: $2, ${t_seconds} s, epoch $r_epoch"
	now >"$run/moved"
	publish "$1"
	tell_hooks transition "$t_from" "$1" "$2"
}

# hold SECONDS: this node does not take the storage by itself meanwhile.
hold() { write_file "$run/hold" "$(($(now) + $1))$nl"; }

# tell_hooks EVENT FROM TO REASON: the notify program and hooks.d, in the background, each 30 s at most. They get the four
# words as arguments and HASTCONF_{CLUSTER,NODE,PEER,EVENT,FROM,TO,REASON,EPOCH} in the environment.
tell_hooks() {
	set +f
	for th_program in $notify "$etc"/hooks.d/*; do
		[ -f "$th_program" ] && [ -x "$th_program" ] && break
		th_program=
	done
	set -f
	[ -n "$th_program" ] || return 0
	run_hooks "$@" </dev/null >/dev/null 2>&1 &
}

run_hooks() {
	set +f
	for rh_program in $notify "$etc"/hooks.d/*; do
		if [ ! -f "$rh_program" ] || [ ! -x "$rh_program" ]; then continue; fi
		limit 30 env "HASTCONF_CLUSTER=$cluster" "HASTCONF_NODE=$node" "HASTCONF_PEER=$peer" "HASTCONF_EVENT=$1" \
			"HASTCONF_FROM=$2" "HASTCONF_TO=$3" "HASTCONF_REASON=$4" "HASTCONF_EPOCH=$r_epoch" "$rh_program" "$@" ||
			log "hook $rh_program failed"
	done
}
