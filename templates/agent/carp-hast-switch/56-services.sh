# ---------------------------------------------------------------- services

# The mark says that this was begun and not ended, or undone by a demotion that failed: whoever serves finishes it.
start_services() {
	ss_failed=no
	while read -r ss_type ss_name ss_rest; do
		[ "$ss_type" = rc ] || continue
		limit 5 service "$ss_name" onestatus >/dev/null 2>&1 && continue
		limit 60 service "$ss_name" onestart >/dev/null 2>&1 </dev/null
		limit 5 service "$ss_name" onestatus >/dev/null 2>&1 && continue
		log "service $ss_name did not start"
		ss_failed=yes
	done <<-EOF
		$services
	EOF
	: "$ss_rest"
	alarm_if service-failed "$ss_failed"
	drop "$run/services"
}

stop_services() {
	mark services
	st_reverse=
	while IFS= read -r st_line; do
		[ -z "$st_line" ] || st_reverse="$st_line$nl$st_reverse"
	done <<-EOF
		$services
	EOF
	while read -r st_type st_name st_rest; do
		[ "$st_type" = rc ] || continue
		limit 5 service "$st_name" onestatus >/dev/null 2>&1 || continue
		limit 15 service "$st_name" onestop >/dev/null 2>&1 </dev/null
	done <<-EOF
		$st_reverse
	EOF
	: "$st_rest"
}
