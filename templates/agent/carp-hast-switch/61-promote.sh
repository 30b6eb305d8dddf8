# promote REASON: all resources and all storage, or nothing.
promote() {
	begin_transition promoting
	pm_epoch=$r_epoch pm_agreed=$r_agreed pm_fresh=$r_fresh
	if ! peer_stands_back; then
		hold 5
		end_transition standby peer-first
		return 1
	fi
	rm -f "$run/hook.connect"
	peer_has_it=yes
	[ "$p_state" != dead ] || peer_has_it=no
	[ "$reason" != forced ] || peer_has_it=no
	# Also a peer that is just going down: it may be gone in the middle of hastd's connect.
	[ "$p_rep:$p_gone" = yes:no ] || block_peer
	if promote_storage; then
		unblock_peer
		start_services
		set_skew 0
		rm -f "$run/hold"
		: >"$run/served"
		look
		end_transition serving "$1"
		return 0
	fi
	promote_undo "$failed"
	return 1
}

promote_storage() {
	failed=role
	set_roles primary || return 1
	[ -e "$run/rejected" ] || await_link
	case $p_state:$o_link in
	dead:* | *:insync | *:syncing) ;;
	# It lives, and is about to be left behind without a disconnect that would tell it.
	*) tell_peer insync 0 </dev/null >/dev/null 2>&1 & ;;
	esac
	failed='read'
	read_devices || return 1
	failed=record
	raise_epoch && agree_early || return 1
	: >"$run/services"
	attach
}

# Nothing is written yet: with the peer in sync both copies stand at the new epoch, and a power cut in the next second
# does not look as if they had parted.
agree_early() {
	[ "$o_link" = insync ] || return 0
	r_agreed=$r_epoch
	save_record || return 1
	tell_peer insync "$r_epoch" </dev/null >/dev/null 2>&1 &
}

# Recorded before the first write. A promotion that was cut off after this point goes on with the same epoch.
raise_epoch() {
	if [ "$reason" = half-promoted ] && [ "$r_epoch" -gt "$r_agreed" ]; then return 0; fi
	[ "$r_epoch" -ge "$r_peer_epoch" ] || r_epoch=$r_peer_epoch
	r_epoch=$((r_epoch + 1)) r_fresh=fresh r_role=primary
	# A peer that was overruled may have counted one more, which we were not told of: never the same number twice.
	[ "$reason" != forced ] || r_epoch=$((r_epoch + 1))
	# Words from before are void.
	rm -f "$run/told" "$db/spool/insync"
	save_record
}

# Two nodes may want it at the same moment: both have said so before they look, so at least one sees the other. The
# preferred one waits until the other has stood back, which may have looked before there was anything to see.
peer_stands_back() {
	case $p_state in
	standby | down | silent) ;;
	*) return 0 ;;
	esac
	sb_left=10
	while [ "$sb_left" -gt 0 ]; do
		ask_peer
		case $p_state:$p_word:$preferred in
		primary:promoting:1) ;;
		serving:* | leaving:* | primary:*) return 1 ;;
		*) return 0 ;;
		esac
		sb_left=$((sb_left - 1))
		sleep 0.5
	done
	return 1
}

promote_undo() { # WHAT-FAILED
	log "promotion failed at $1: undoing it"
	set_skew 240
	hold 30
	stop_services
	if ! detach; then
		unblock_peer
		demote_failed
		return
	fi
	undo_record "$1"
	rm -f "$run/met" "$run/lost" "$run/hook.connect"
	# As after a demotion: a copy that has moved on alone waits in init until the epochs were compared.
	if [ "$r_epoch" -ne "$r_agreed" ] || ! set_roles secondary; then set_roles init; fi
	rm -f "$db/lone"
	unblock_peer
	look_carp
	look_mounts
	end_transition down "failed-$1"
	raise_alarm "promote-failed"
}

# undo_record WHAT-FAILED: the peer was connected to this node for a moment and holds its copy for stale since; it may
# have it back. Where the storage was touched and the peer did not get that, this copy has moved on alone.
undo_record() {
	r_fresh=$pm_fresh
	case $1 in
	role | read | record)
		r_epoch=$pm_epoch r_agreed=$pm_agreed
		;;
	*)
		look_hast
		if [ "$o_link" != insync ]; then
			[ "$r_epoch" -gt "$r_agreed" ] || r_epoch=$((r_epoch + 1))
			return 0
		fi
		r_agreed=$r_epoch
		;;
	esac
	[ "$p_state" = dead ] || tell_peer equal "$pm_epoch" "$r_epoch"
}
