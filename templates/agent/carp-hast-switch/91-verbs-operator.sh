# request WORD: asks the reconciler for it and says what came of it.
verb_request() {
	drop "$run/answer"
	echo "$1" >"$run/request"
	vr_rc=0
	with_lock 120 request || vr_rc=$?
	[ "$vr_rc" -eq 0 ] || fail "the agent is busy or failed ($vr_rc)"
	first_line "$run/answer" || line='unknown unknown'
	case $1:${line%% *} in
	promote:serving | force:serving) ;;
	demote:serving | demote:holding | promote:* | force:*) fail "refused: ${line#* }" ;;
	esac
	echo "${line%% *}"
}

verb_maintenance() {
	case ${1:-}:${2:-7200} in
	on:*[!0-9]*) usage ;;
	on:*) write_file "$db/maintenance" "$(($(wall_clock) + ${2:-7200}))$nl" || fail "cannot write $db/maintenance" ;;
	off:*) drop "$db/maintenance" ;;
	*) usage ;;
	esac
	log "maintenance $1"
	wake
}

verb_status() {
	look
	reason='' p_state=unasked
	[ ! -r "$run/decision" ] || read -r reason p_state p_agent p_rep p_lan <"$run/decision"
	name_state
	case ${1:-} in
	--json) status_json "$state" && echo && exit 0 ;;
	--metrics) status_metrics && exit 0 ;;
	'') ;;
	*) usage ;;
	esac
	echo "$node: $state${reason:+ ($reason)}, copy $r_fresh, epoch $r_epoch, CARP $o_carp advskew ${o_skew:--}, peer $p_state"
	printf '%s' "$o_hast"
	case $state in
	serving | standby) exit 0 ;;
	esac
	exit 3
}
