# promote REASON: all resources and all storage, or nothing.
promote() {
	if has_stuck; then
		raise_alarm storage-hangs
		hold 10
		return 1
	fi
	begin_transition promoting
	interruptible=yes
	pm_epoch=$r_epoch pm_agreed=$r_agreed pm_fresh=$r_fresh pm_begun=no
	pm_rc=0
	peer_stands_back || pm_rc=$?
	case $pm_rc in
	0) ;;
	2)
		interruptible=no
		publish "$state"
		return 0
		;;
	*)
		interruptible=no
		hold 5
		end_transition standby peer-first
		return 1
		;;
	esac
	drop "$run/hook.connect"
	# A secondary has no device that a pool could be on.
	peer_has_it=yes
	case $p_state:$reason in
	dead:* | standby:* | down:* | *:forced) peer_has_it=no ;;
	esac
	# Also a peer that is just going down: it may be gone in the middle of hastd's connect.
	[ "$p_rep:$p_gone" = yes:no ] || block_peer
	if promote_storage; then
		interruptible=no
		start_services
		set_skew 0
		drop "$run/hold" "$run/raised" "$run/promoting"
		# Once: an isolated node that was forced lets go again.
		case $o_request in
		promote | force) drop "$run/request" ;;
		esac
		mark served
		look
		end_transition serving "$1"
		return 0
	fi
	promote_undo "$failed"
	return 1
}

promote_storage() {
	become_primary || return 1
	pm_workers=$o_workers
	[ -e "$run/rejected" ] || await_link
	# The devices answer: hastd has tried to connect. One that is dead may be frozen no more than that: see lift_route.
	[ "$p_state:${peer_lan:+known}" = dead:known ] || unblock_peer
	rehearse || return 1
	failed=claimed
	is_unclaimed || return 1
	case $p_state:$o_link in
	dead:* | *:insync | *:syncing) ;;
	# It lives, and is about to be left behind without a disconnect that would tell it.
	*) aside tell_peer insync 0 - ;;
	esac
	failed=record
	raise_epoch && agree_early || return 1
	# A primary that has been frozen sees by this that it has been overtaken.
	publish promoting
	mark services
	pm_begun=yes
	attach
}

# is_unclaimed: fresh evidence right before the first write, after which there is no way back. A dead peer may have been
# frozen, and be back: it answers, and within a second it advertises the address.
is_unclaimed() {
	[ "$reason" != forced ] || return 0
	iu_before=$p_state iu_left=60
	while [ "$iu_left" -gt 0 ]; do
		ask_peer
		case $iu_before:$p_state:$p_word:$preferred in
		# The other one stands back when it looks; or it has looked already.
		*:primary:promoting:1) ;;
		*:serving:* | *:primary:* | *:leaving:*) return 1 ;;
		dead:silent:*)
			[ "$iu_left" -gt 58 ] || break
			;;
		*) break ;;
		esac
		iu_left=$((iu_left - 1))
		sleep 1
	done
	[ "$iu_left" -gt 0 ] && keeps_up || return 1
	case $reason in
	peer-dead | alone) ;;
	*) return 0 ;;
	esac
	look_carp
	[ "$o_carp" = MASTER ]
}

# Nothing is written yet: with the peer in sync both copies stand at the new epoch, and a power cut in the next second
# does not look as if they had parted. Not where a person overruled the peer, who may overrule this node next: it has to be told
# first.
agree_early() {
	[ "$o_link" = insync ] && [ "$reason" != forced ] || return 0
	r_agreed=$r_epoch
	save_record || return 1
	aside say_insync
}

# Recorded before the first write. A promotion that was cut off after this point goes on with the same epoch.
raise_epoch() {
	! is_raised || return 0
	[ "$r_epoch" -ge "$r_peer_epoch" ] || r_epoch=$r_peer_epoch
	r_epoch=$((r_epoch + 1)) r_fresh=fresh r_role=primary
	# A peer that was overruled may have counted one more, which we were not told of, and be forced as well, now or soon:
	# never the same number twice.
	[ "$reason" != forced ] || r_epoch=$((r_epoch + 1 + 100 * (1 - preferred)))
	echo "$r_epoch$o_workers" >"$run/raised"
	# Words from before are void.
	drop "$run/told" "$db/spool/insync" "$db/owed"
	save_record
}

# is_raised: by a promotion of the same workers that was cut off. Once more, on a connection that stays, would leave the
# secondary fresh at an epoch from which it could go on to the very same number.
is_raised() {
	if first_line "$run/raised" && [ "$line:$o_written" = "$r_epoch$o_workers:${o_written#unknown}" ]; then return 0; fi
	[ "$reason" = half-promoted ] && [ "$r_epoch" -gt "$r_agreed" ]
}

# keeps_up: not when the peer, asked once more, turns out to have data that this copy misses.
keeps_up() {
	[ "$reason" != forced ] || return 0
	case $relation in
	behind | diverged) return 1 ;;
	esac
	! has_news
}

# Two nodes may want it at the same moment: both have said so before they look, so at least one sees the other. The
# preferred one waits until the other has stood back, which may have looked before there was anything to see. 1: it is for
# the peer; 2: there is something new, which wants another look.
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
		*)
			keeps_up || return 2
			return 0
			;;
		esac
		sb_left=$((sb_left - 1))
		sleep 0.5
	done
	return 1
}
