# demote secondary|init REASON: services, storage, what is on its way to the other disk, and only then the role. A move that
# was asked for is called off where this cannot be had; otherwise the record says that the peer has not got everything.
demote() {
	begin_transition demoting
	patience=20 dm_planned=no
	case $1:$2:$p_state in
	secondary:requested:standby | secondary:local-errors:standby | secondary:disconnected:standby)
		patience=60 dm_planned=yes
		;;
	esac
	stopping_takes
	fence_after $((patience * 6 + st_seconds))
	set_skew 240
	dm_rc=0
	# A server that does not let go would go on with files that are not there any more.
	{ stop_services && detach; } || dm_rc=1
	stop_fence
	[ "$dm_rc" -ne 0 ] || drain || dm_rc=2
	case $dm_rc:$dm_planned in
	0:*) count_lone_writes ;;
	*:yes)
		call_off "$dm_rc"
		return 1
		;;
	1:*)
		demote_failed
		return 1
		;;
	*) count_lone_writes undrained ;;
	esac
	# Whoever comes next may write without us; and what connected until now was our own secondary.
	drop "$run/met" "$run/lost" "$run/hook.connect" "$run/raised"
	if [ "$o_roles" = no-hastd ]; then
		end_transition down "$2"
		return 0
	fi
	# A copy that has gone on alone waits in init until the epochs were compared: a peer that went on as well overwrites a
	# secondary as soon as the link is back.
	[ "$r_epoch" -eq "$r_agreed" ] || set -- init "$2"
	fence_after 90
	if ! set_roles "$1"; then
		demote_failed
		return 1
	fi
	stop_fence
	# Nothing was written since it was counted: a connection that was lost in between took nothing along.
	drop "$db/lone"
	# Whoever waits for the storage need not wait for the rest.
	if [ "$1" = init ]; then publish down; else publish standby; fi
	[ "$2" != local-errors ] || now >"$run/bad-disk"
	[ "$2" != service-failed ] || now >"$run/bad-service"
	case $2 in
	requested | local-errors | service-failed | disconnected | partial | shutdown) hold 30 ;;
	isolated | split-brain | two-primaries) ;;
	*) hold 10 ;;
	esac
	look_mounts
	if [ "$1" = init ]; then end_transition down "$2"; else end_transition standby "$2"; fi
}

# drain: a secondary has acknowledged what it has not written yet, and forgets it when its primary goes. One that is out of reach
# writes it by itself, and before it is promoted; only a move that hands the storage to it needs the link.
drain() {
	look_hast
	case $o_roles:$o_link:$dm_planned:$p_state in
	# hastd does not answer: with its devices gone there is nothing to wait for; otherwise nobody knows.
	no-hastd:*)
		! any_device
		return
		;;
	*:none:* | *:degraded:no:*) return 0 ;;
	*:degraded:*) return 1 ;;
	*:*:no:dead | *:*:no:silent)
		[ "$o_dirty" -eq 0 ] || write_file "$db/owed" "$nl"
		return 0
		;;
	esac
	[ "$o_dirty" -gt 0 ] || return 0
	log "$o_dirty bytes are on their way to the other disk"
	await_less dirty
}

any_device() {
	for ay_resource in $resources; do
		[ ! -e "$dev/$ay_resource" ] || return 0
	done
	return 1
}

# call_off 1|2: a move that was asked for does not cost the service.
call_off() {
	log "the move is called off: $([ "$1" -eq 1 ] && echo 'storage still attached' || echo 'the other disk does not get everything')"
	drop "$run/request"
	reason=called-off peer_has_it=no
	if ! attach; then
		demote_failed
		return
	fi
	start_services
	set_skew 0
	look
	end_transition serving called-off
}

# What was written without the secondary, if only by the unmount, is data that the peer does not have; so is what is on its way.
count_lone_writes() {
	look_hast
	[ "$o_link" = degraded ] || [ -e "$db/lone" ] || [ $# -gt 0 ] || return 0
	if [ "$r_epoch" -eq "$r_agreed" ]; then
		r_epoch=$((r_epoch + 1)) r_fresh=fresh
		save_record || return 0
	fi
	drop "$db/lone"
}

# The storage could not be let go of: the role stays, so that nobody else can damage it; then as configured.
demote_failed() {
	stop_fence
	count_lone_writes
	raise_alarm demote-failed
	log "$t_from -> down: demote-failed, storage still attached: $(printf '%s' "$o_attached" | tr '\n' ' ')"
	publish down
	[ "$on_demote_failure:${stopping:-no}" != reboot:no ] || self_fence demote-failed
}

# self_fence REASON: the reason first, on the disk, for reboot -n does not sync; but it must not be waited for for ever.
self_fence() {
	r_to=down r_reason=$1
	{ log "rebooting, as onDemoteFailure says: $1" && save_record; } &
	sf_left=30
	while [ "$sf_left" -gt 0 ] && kill -0 $! 2>/dev/null; do
		sf_left=$((sf_left - 1))
		sleep 0.1
	done
	limit 10 reboot -n -q
}

# fence_after SECONDS: should a demotion hang where this shell cannot do anything about it, as in a kernel that waits for a disk.
fence_after() {
	[ "$on_demote_failure:${stopping:-no}" = reboot:no ] || return 0
	{ wait_here "$1" && self_fence demote-overdue; } </dev/null >/dev/null 2>&1 &
	dm_fence=$!
}

stop_fence() {
	[ -z "${dm_fence:-}" ] || kill -KILL "$dm_fence" 2>/dev/null
	dm_fence=
}

# take_over REASON: the peer serves; it lets go of the storage when asked, and this node waits for that.
take_over() {
	tell_peer demote || return 1
	to_left=200 to_end=$(($(now) + 15)) to_again=$(($(now) + 4))
	while [ "$to_left" -gt 0 ]; do
		ask_peer
		case $p_state in
		standby | down)
			ap_known=released
			return 0
			;;
		dead) return 1 ;;
		leaving) to_again=$((to_end + 1)) ;;
		*) ask_again || return 1 ;;
		esac
		to_left=$((to_left - 1))
		sleep 0.2
	done
	return 1
}

# ask_again: the peer does not think of it: it could not reach this node when it looked, or this one is not ready in its eyes.
ask_again() {
	look_beat
	[ "$beat" -lt "$to_end" ] || return 1
	[ "$beat" -ge "$to_again" ] || return 0
	to_again=$((beat + 4))
	tell_peer demote || :
}
