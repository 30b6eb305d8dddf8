# promote_undo WHAT-FAILED: nothing stays primary, the address is given up, and the copy is what it was where it can be.
promote_undo() {
	interruptible=no stop_wanted=no patience=20 dm_planned=no
	log "promotion failed at $1: undoing it"
	set_skew 240
	hold 30
	if ! stop_services || ! detach; then
		unblock_peer
		demote_failed
		return
	fi
	undo_record
	drop "$run/lost" "$run/hook.connect" "$run/raised" "$run/promoting"
	# Whoever comes next may write without us; but a dead peer's copy is still what this one is again.
	[ "$p_state:$r_epoch" = "dead:$pm_epoch" ] || drop "$run/met"
	# As after a demotion: a copy that has moved on alone waits in init until the epochs were compared.
	if [ "$r_epoch" -ne "$r_agreed" ] || ! set_roles secondary; then
		if ! set_roles init && [ "$on_demote_failure:$cr_rc" = reboot:125 ]; then self_fence storage-hangs; fi
	fi
	drop "$db/lone"
	unblock_peer
	look_carp
	look_mounts
	end_transition down "failed-$1"
	[ "$1" = claimed ] || raise_alarm promote-failed
}

# undo_record: the peer was connected to this node for a moment and holds its copy for stale since; it may have it back.
# Where the storage was touched and the peer did not get that, this copy has moved on alone.
undo_record() {
	r_fresh=$pm_fresh
	if [ "$pm_begun" = no ]; then
		r_epoch=$pm_epoch r_agreed=$pm_agreed
	elif untouched; then
		# Unless both were told to stand at the new epoch already.
		[ "$r_agreed" -eq "$r_epoch" ] || r_epoch=$pm_epoch r_agreed=$pm_agreed
	elif [ "$o_link:$o_dirty" = insync:0 ]; then
		r_agreed=$r_epoch
	else
		[ "$r_epoch" -gt "$r_agreed" ] || r_epoch=$((r_epoch + 1))
		log "the copy was changed without the peer: epoch $r_epoch stays"
		return 0
	fi
	# A copy that hastd has not brought up to date is of two ages.
	[ "$p_state" = dead ] || [ "$o_link" = syncing ] || tell_peer equal "$pm_epoch" "$r_epoch"
}

# untouched: hastd was sent no write since the promotion began. Its workers count from their own start, so only the
# same ones prove it; nor do they where the roles were there before.
untouched() {
	look_hast
	[ "$o_roles:$o_written:$o_workers" = "all-primary:0:$pm_workers" ] && [ "$reason" != half-promoted ]
}
