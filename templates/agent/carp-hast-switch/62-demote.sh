# demote secondary|init REASON: services, storage, and only when the kernel shows them gone the role.
demote() {
	begin_transition demoting
	set_skew 240
	stop_services
	if ! detach; then
		demote_failed
		return 1
	fi
	count_lone_writes
	# Whoever comes next may write without us; and what connected until now was our own secondary.
	rm -f "$run/met" "$run/lost" "$run/hook.connect" "$run/raised"
	if [ "$o_roles" = no-hastd ]; then
		end_transition down "$2"
		return 0
	fi
	# A copy that has gone on alone waits in init until the epochs were compared: a peer that went on as well overwrites a
	# secondary as soon as the link is back.
	[ "$r_epoch" -eq "$r_agreed" ] || set -- init "$2"
	# Without hastd there is no role left to change.
	if [ "$o_roles" != no-hastd ] && ! set_roles "$1"; then
		demote_failed
		return 1
	fi
	# Nothing was written since it was counted: a connection that was lost in between took nothing along.
	rm -f "$db/lone"
	# Whoever waits for the storage need not wait for the rest.
	if [ "$1" = init ]; then publish down; else publish standby; fi
	[ "$2" != local-errors ] || now >"$run/bad-disk"
	case $2 in
	requested | local-errors | disconnected | partial | shutdown) hold 30 ;;
	isolated | split-brain | two-primaries) ;;
	*) hold 10 ;;
	esac
	look_mounts
	if [ "$1" = init ]; then end_transition down "$2"; else end_transition standby "$2"; fi
}

# What was written without the secondary, if only by the unmount, is data that the peer does not have.
count_lone_writes() {
	look_hast
	[ "$o_link" = degraded ] || [ -e "$db/lone" ] || return 0
	if [ "$r_epoch" -eq "$r_agreed" ]; then
		r_epoch=$((r_epoch + 1)) r_fresh=fresh
		save_record || return 0
	fi
	rm -f "$db/lone"
}

# The storage could not be let go of: the role stays, so that nobody else can damage it; then as configured.
demote_failed() {
	count_lone_writes
	raise_alarm demote-failed
	r_to=down r_reason=demote-failed
	log "$t_from -> down: demote-failed, storage still attached: $(printf '%s' "$o_attached" | tr '\n' ' ')"
	publish down
	if [ "$on_demote_failure" = reboot ] && [ "${stopping:-no}" = no ]; then
		log "rebooting, as onDemoteFailure says"
		limit 10 reboot -n -q
	fi
}

# take_over REASON: the peer serves; it lets go of the storage when asked, and this node waits for that.
take_over() {
	tell_peer demote || return 1
	to_left=200 to_end=$(($(now) + 15))
	while [ "$to_left" -gt 0 ]; do
		ask_peer
		case $p_state in
		standby | down)
			ap_known=released
			return 0
			;;
		dead) return 1 ;;
		leaving) ;;
		# It does not think of it: this node is not ready in its eyes.
		*) [ "$(now)" -lt "$to_end" ] || return 1 ;;
		esac
		to_left=$((to_left - 1))
		sleep 0.2
	done
	return 1
}
