# look_counters -> o_counters: " RESOURCE=LOCAL/REMOTE" of each, hastd's own, as they stand on the disk. A primary's change with
# its connection, and at the end of a copy.
look_counters() {
	lc_key=$o_roles:$o_link:$((beat / 60))
	if [ "$o_roles" = all-primary ] && first_line "$run/counters" && [ "${line%% *}" = "$lc_key" ]; then
		o_counters=${line#"$lc_key"}
		return
	fi
	o_counters=
	case $o_roles in
	all-primary | all-init) read_counters ;;
	esac
	[ "$o_roles" != all-primary ] || [ -z "$o_counters" ] || put "$run/counters" "$lc_key$o_counters$nl"
}

read_counters() {
	# shellcheck disable=SC2086 # a list
	rc_out=$(limit 10 hastctl dump $resources 2>/dev/null) || return 0
	while read -r rc_key rc_value; do
		case $rc_key in
		resource:) o_counters="$o_counters $rc_value=" ;;
		localcnt:) o_counters="$o_counters$rc_value/" ;;
		remotecnt:) o_counters="$o_counters$rc_value" ;;
		esac
	done <<-EOF
		$rc_out
	EOF
}

# is_overwriting: hastd would take this copy, as a secondary, for the newer one, or for one that has gone on alone: its own
# count is above what the primary has of it (secondary.c, init_remote).
is_overwriting() {
	for io_mine in $o_counters; do
		io_name=${io_mine%%=*} io_mine=${io_mine#*=}
		for io_theirs in $p_counters; do
			[ "${io_theirs%%=*}" = "$io_name" ] || continue
			if ! is_number "${io_mine%/*}" || ! is_number "${io_theirs#*/}"; then continue; fi
			[ "${io_mine%/*}" -le "${io_theirs#*/}" ] || return 0
		done
	done
	return 1
}
