# ---------------------------------------------------------------- alarms

# raise_alarm NAME: said once, again every hour, and when it is over. Its file: when it was last said, in the
# agent's seconds, and the time since when it holds.
raise_alarm() {
	ra_now=$(now) ra_since=
	if first_line "$run/alarm.$1" && is_number "${line%% *}"; then
		[ $((ra_now - ${line%% *})) -ge 3600 ] || return 0
		ra_since=${line##* }
	fi
	echo "$ra_now ${ra_since:-$(wall_clock)}" >"$run/alarm.$1"
	log "alarm: $1"
	tell_hooks alarm '' '' "$1"
}

clear_alarm() {
	[ -e "$run/alarm.$1" ] || return 0
	drop "$run/alarm.$1"
	log "alarm over: $1"
	tell_hooks alarm-over '' '' "$1"
}

alarm_when() { # NAME COMMAND...
	aw_name=$1
	shift
	if "$@"; then raise_alarm "$aw_name"; else clear_alarm "$aw_name"; fi
}

# After the storage was handed over for it, until the agent is started anew: the counters are the worker's, and gone.
has_bad_disk() { [ "$o_errors" -gt 0 ] || [ -e "$run/bad-disk" ]; }

# is_stalled: hastd copies, and for two minutes the dirty bytes have not been fewer than before. Without a copy under
# way they are what the clients have just written.
is_stalled() {
	if [ "$o_link" != syncing ] || ! is_copying; then
		drop "$run/stall"
	elif first_line "$run/stall" && [ "$o_dirty" -ge "${line%% *}" ]; then
		[ $(($(now) - ${line##* })) -lt 120 ] || return 0
	else
		echo "$o_dirty $(now)" >"$run/stall"
	fi
	return 1
}

is_copying() {
	for ic_resource in $resources; do
		[ ! -e "$run/copying.$ic_resource" ] || return 0
	done
	return 1
}

# is_late: a primary that is cut off from everything needs so many seconds until its devices are gone, and hastd
# acknowledges writes alone after its timeout. Without a witness it never knows.
is_late() { [ -n "$witnesses" ] && [ "${hast_timeout%%.*}" -lt $((8 + ${settle%%.*})) ]; }

needs_reboot() { [ "$o_roles" = all-secondary ] && has_old_state; }

check_alarms() {
	alarm_when short-timeout is_late
	alarm_when hastd-down [ "$o_roles" = no-hastd ]
	case $o_link in
	connected | insync | syncing) drop "$run/hook.split-brain" ;;
	esac
	alarm_when split-brain is_split
	alarm_when no-carp [ "$o_carp" = none ]
	alarm_when peer-channel [ "$o_channel:$p_channel" != ok:ok ]
	alarm_when replication-lost [ "$o_roles:$o_link" = all-primary:degraded ]
	alarm_when local-errors has_bad_disk
	alarm_when storage-hangs is_hanging
	alarm_when stalled is_stalled
	alarm_when stale-copy [ "$o_roles:$r_fresh" = all-secondary:stale ]
	case $action:$o_mounts in
	*:none | none:all) clear_alarm demote-failed ;;
	esac
	[ "$action:$o_mode" = none:hold ] || [ "$action" = promote ] || clear_alarm promote-failed
	for ca_reason in peer-silent waiting-peer last-data-unknown not-fresh isolated peer-serving address-elsewhere \
		two-primaries storage-unknown ahead-of-primary epoch-unknown partial disconnected; do
		alarm_when "$ca_reason" [ "$action:$reason" = "none:$ca_reason" ]
	done
	alarm_when reboot-needed needs_reboot
	# Whoever does not serve has no services to speak of.
	[ "$o_roles" = all-primary ] || clear_alarm service-failed
}
