# ---------------------------------------------------------------- services

# list_units -> units: what has to run, a line "LANE KIND NAME START STOP" each, in starting order. Lanes are independent of
# each other and go side by side; START and STOP are limits in seconds. One server serves all entries of its kind.
list_units() {
	units=
	while read -r lu_type lu_name lu_start lu_stop lu_rest; do
		case $lu_type in
		rc | jail) add_unit "own $lu_type $lu_name ${lu_start:-60} ${lu_stop:-15}" ;;
		nfs) add_unit "nfs nfs nfsd 30 15" ;;
		nfs4) nfs4_directory=$lu_name && add_unit "nfs nfs4 nfsd 30 15" ;;
		iscsi) add_unit "iscsi iscsi ctld 30 15" ;;
		samba) samba_directory=$lu_stop && add_unit "samba samba samba_server 60 20" ;;
		esac
	done <<-EOF
		$services
	EOF
	: "$lu_rest"
}

add_unit() {
	case $nl$units in
	*"$nl$1$nl"*) ;;
	*) units="$units$1$nl" ;;
	esac
}

# The mark says that this was begun and not ended, or undone by a demotion that failed: whoever serves finishes it.
start_services() {
	list_units
	each_lane start_lane
	now >"$run/services.checked"
	drop "$run/services"
	judge_services
}

# stopping_takes -> st_seconds: how long the services may take to stop, at the most: a service that uses its time is no
# demotion that hangs.
stopping_takes() {
	st_seconds=0
	[ -n "$services" ] || return 0
	st_seconds=40
	list_units
	while read -r st_lane st_kind st_name st_start st_stop; do
		[ "$st_lane" != own ] || st_seconds=$((st_seconds + st_stop + 15))
	done <<-EOF
		$units
	EOF
	: "$st_kind" "$st_name" "$st_start"
}

# stop_services: 0 only when nothing is left that holds the storage without a process that could be killed with it.
stop_services() {
	mark services
	drop "$run/service-bad"
	list_units
	reverse_units
	each_lane stop_lane
	[ ! -e "$run/unit.held" ]
}

reverse_units() {
	ru_reverse=
	while IFS= read -r ru_line; do
		[ -z "$ru_line" ] || ru_reverse="$ru_line$nl$ru_reverse"
	done <<-EOF
		$units
	EOF
	units=$ru_reverse
}

# each_lane FUNCTION: for each lane of units, side by side. A lane leaves what it has to say in files.
each_lane() {
	drop "$run/unit.failed" "$run/unit.held"
	el_pids=
	for el_lane in nfs iscsi samba own; do
		case $nl$units in
		*"$nl$el_lane "*) "$1" "$el_lane" </dev/null >/dev/null 2>&1 & el_pids="$el_pids $!" ;;
		esac
	done
	# A wait comes back early for a signal that is caught.
	for el_pid in $el_pids; do
		while kill -0 "$el_pid" 2>/dev/null; do wait "$el_pid" 2>/dev/null; done
	done
}

start_lane() { # LANE
	while read -r sl_lane sl_kind sl_name sl_start sl_stop; do
		[ "$sl_lane" = "$1" ] || continue
		unit_runs "$sl_kind" "$sl_name" && continue
		unit_start "$sl_kind" "$sl_name" "$sl_start" && continue
		log "service $sl_name did not start"
		echo "$sl_name" >>"$run/unit.failed"
	done <<-EOF
		$units
	EOF
	: "$sl_stop"
}

stop_lane() { # LANE
	while read -r sl_lane sl_kind sl_name sl_start sl_stop; do
		[ "$sl_lane" = "$1" ] || continue
		unit_stop "$sl_kind" "$sl_name" "$sl_stop" && continue
		log "service $sl_name did not stop"
		case $sl_kind in
		nfs | nfs4 | iscsi) echo "$sl_name" >>"$run/unit.held" ;;
		esac
	done <<-EOF
		$units
	EOF
	: "$sl_start"
}

# judge_services: the alarm, and whether this node had better not serve: something does not start, or keeps dying.
judge_services() {
	if [ -e "$run/unit.failed" ] || keeps_dying; then
		[ -e "$run/service-bad" ] || now >"$run/service-bad"
	else
		drop "$run/service-bad"
	fi
	alarm_when service-failed [ -e "$run/service-bad" ]
}

# check_services: on the serving node every half minute; what has stopped is started again.
check_services() {
	[ -n "$services" ] || return 0
	cs_now=$(now)
	if first_line "$run/services.checked" && is_number "$line" && [ $((cs_now - line)) -lt 30 ]; then return 0; fi
	echo "$cs_now" >"$run/services.checked"
	list_units
	cs_stopped=
	while read -r cs_lane cs_kind cs_name cs_rest; do
		[ -n "$cs_lane" ] || continue
		unit_runs "$cs_kind" "$cs_name" || cs_stopped="$cs_stopped $cs_name"
	done <<-EOF
		$units
	EOF
	: "$cs_rest"
	[ -n "$cs_stopped" ] || [ -e "$run/service-bad" ] || return 0
	for cs_name in $cs_stopped; do
		# What never ran has been told of already.
		[ -e "$run/service-bad" ] || log "service $cs_name has stopped by itself: starting it again"
		echo "$cs_now $cs_name" >>"$run/restarts"
	done
	start_services
}

# keeps_dying: three times within an hour is no accident.
keeps_dying() {
	[ -r "$run/restarts" ] || return 1
	kd_now=$(now) kd_count=0
	while read -r kd_at kd_name; do
		is_number "$kd_at" && [ $((kd_now - kd_at)) -lt 3600 ] && kd_count=$((kd_count + 1))
	done <"$run/restarts"
	: "$kd_name"
	[ "$kd_count" -ge 3 ]
}
