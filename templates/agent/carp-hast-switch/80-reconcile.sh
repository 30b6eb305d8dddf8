# ---------------------------------------------------------------- the reconciler

# look_phase -> o_phase. Counted from the first look after a boot.
look_phase() {
	lp_now=$(now)
	if [ -e "$run/served" ]; then
		o_phase=run
	elif ! first_line "$run/since" || ! is_number "$line"; then
		echo "$lp_now" >"$run/since"
		o_phase=boot
	elif [ $((lp_now - line)) -lt "${boot_wait%%.*}" ]; then
		o_phase=boot
	else
		o_phase=alone
	fi
}

look_request() {
	o_request=none
	first_line "$run/request" || return 0
	case $line in
	promote | force | demote) o_request=$line ;;
	esac
}

# Worth an ssh: a standby at every tick, or when something is not as it should be; a primary that lost its secondary.
needs_peer() { # tick|wake|request
	[ "$o_roles" != all-primary ] || ! peer_claims || return 0
	case $o_roles:$o_mounts:$o_link:$r_fresh:$1 in
	all-secondary:none:connected:fresh:wake) return 1 ;;
	all-secondary:*) return 0 ;;
	all-primary:all:degraded:* | no-hastd:none:*) return 0 ;;
	all-primary:all:insync:*:tick) [ "$failback:$preferred" = auto:0 ] || wants_away ;;
	*) return 1 ;;
	esac
}

call_decide() {
	# First after a boot only where it can reach the other copy.
	case $preferred:$o_phase:$p_state:$p_rep in
	1:boot:standby:no) cd_preferred=no ;;
	1:*) cd_preferred=yes ;;
	*) cd_preferred=no ;;
	esac
	decide "$o_carp" "$o_roles" "$o_mounts" "$r_fresh" "$relation" "$p_state" "$o_connected" "$o_mode" "$o_phase" \
		"$o_request" "$cd_preferred"
}

# think tick|wake|request: asks the peer where that is needed, and decides.
think() {
	o_connected=$o_carrier
	case $o_roles:$o_mounts:$o_carp in
	all-primary:*:* | *:MASTER) look_connected ;;
	esac
	if needs_peer "$1"; then
		if [ "$1:$o_request" != tick:none ] || ! recall_peer; then ask_peer_again; fi
	else
		p_state=unasked p_rep=yes p_gone=no ap_known=no
		epoch_from_memory
	fi
	th_why=requested
	if gives_away "$1"; then
		o_request=demote th_why=$wa_why
	elif gives_back "$1"; then
		o_request=demote
	elif follows_address "$1"; then
		o_request=promote
	fi
	call_decide
	case $action:$ap_known in
	none:*) ;;
	ask:* | *:recalled)
		ask_peer_again
		call_decide
		;;
	esac
	[ "$action:$reason" != demote:requested ] || reason=$th_why
	case $action in
	none | takeover) ;;
	*) ap_known=no ;;
	esac
	if [ "$action:$reason:$o_carp" != none:peer-silent:MASTER ]; then
		drop "$run/silent"
	elif may_fence && limit 60 "$fence" "$peer"; then
		log "fenced $peer"
		p_state=dead
		epoch_from_memory
		call_decide
	fi
}

# may_fence: it has been silent for five seconds and three looks, and did not say that it goes down.
may_fence() {
	[ -n "$fence" ] || return 1
	mf_from=$beat mf_looks=0
	if first_line "$run/silent"; then mf_from=${line% *} mf_looks=${line#* }; fi
	mf_looks=$((mf_looks + 1))
	look_beat
	echo "$mf_from $mf_looks" >"$run/silent"
	[ "$mf_looks" -ge 3 ] && [ $((beat - mf_from)) -ge 5 ] || return 1
	for mf_path in rep lan; do
		[ -e "$run/heard.$mf_path" ] || continue
		while read -r mf_line; do
			case $mf_line in
			'gone yes' | 'state demoting') return 1 ;;
			esac
		done <"$run/heard.$mf_path"
	done
	[ ! -e "$run/released" ]
}

# still_so: what is done without the peer's word is done only if it still looks the same after the settle time. Looking
# and asking a dead peer have taken the default second, or nearly.
still_so() {
	case $action:$reason in
	promote:peer-dead | promote:alone)
		case ${settle%%.*}:$ap_reused in
		0:* | 1:no) ;;
		1:yes) sleep 0.3 ;;
		*) sleep "$settle" ;;
		esac
		;;
	demote:isolated | demote:disconnected)
		# Three tries at each witness take longer than a second.
		case $o_carrier:${settle%%.*} in
		yes:[01]) ;;
		*) sleep "$settle" ;;
		esac
		;;
	*) return 0 ;;
	esac
	ss_carp=$o_carp
	look_carp
	o_connected=$o_carrier
	[ "$action" = promote ] || look_connected
	case $action:$o_carp:$o_connected in
	promote:MASTER:yes) return 0 ;;
	demote:"$ss_carp":no | demote:INIT:*) still_wanted ;;
	*) return 1 ;;
	esac
}

# The peer that is to take over may have lost the same network, and not have known it yet.
still_wanted() {
	[ "$reason" = disconnected ] || return 0
	ask_peer
	[ "$p_state" = standby ]
}
