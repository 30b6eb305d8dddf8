# abandon REASON: a primary that sees neither peer nor witness. Until hastd's timeout is over no write is acknowledged that
# the peer does not have: the devices go first, before that, and only then what is on them. Whatever the unmount would
# still have written is lost with them, and was never promised to anybody.
abandon() {
	begin_transition demoting
	[ "$1" != isolated ] || write_file "$db/owed" "$nl"
	drop_devices
	set_skew 240
	stop_services
	if ! detach; then
		demote_failed
		return 1
	fi
	# Nothing was acknowledged alone, unless hastd has said so before the devices were gone.
	if [ -e "$db/lone" ] && [ "$r_epoch" -eq "$r_agreed" ]; then
		r_epoch=$((r_epoch + 1)) r_fresh=fresh
	fi
	drop "$run/met" "$run/lost" "$run/hook.connect" "$run/raised"
	[ "$o_roles" != all-primary ] || look_hast
	end_transition down "$1"
	drop "$db/lone"
}

# drop_devices: hastctl waits for as long as hastd does, which may be trying to reach the peer; without its process a
# device answers nothing.
drop_devices() {
	# shellcheck disable=SC2086 # a list
	limit 2 hastctl role init $resources >/dev/null 2>&1 && return 0
	log "hastd does not answer: its processes are killed"
	dd_tries=5
	while [ "$dd_tries" -gt 0 ]; do
		kill_workers
		# shellcheck disable=SC2086 # a list
		! limit 5 hastctl role init $resources >/dev/null 2>&1 || return 0
		dd_tries=$((dd_tries - 1))
	done
	return 1
}
