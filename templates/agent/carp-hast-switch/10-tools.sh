# ---------------------------------------------------------------- small tools

# limit SECONDS COMMAND...: for what a signal can end; stdin is empty, 124 when the time is over. In the foreground: otherwise
# FreeBSD's timeout(1) waits for every process that the command leaves behind, and kills it.
limit() { timeout --foreground -k 2 "$@" </dev/null; }

# bounded SECONDS COMMAND...: for whatever waits for the storage; not in a subshell. Comes back in time also from a command
# that no signal can end. 124: the time was over and it has ended; 125: it is still alive, and noted in $run/stuck. Its output
# is thrown away.
bounded() { bounded_to /dev/null "$@"; }

# bounded_to FILE SECONDS COMMAND...: its output to FILE, with a last line ".": without that it is not all there (a full disk).
bounded_to() {
	bd_file=$1 bd_limit=$2 bd_alarms=0 bd_rc=0
	shift 2
	[ "$stop_wanted" = no ] || return 124
	trap 'bd_alarms=$((bd_alarms + 1))' USR1
	"$@" </dev/null >"$bd_file" 2>/dev/null &
	bd_pid=$!
	ring_after "$bd_limit" &
	bd_watch=$!
	while :; do
		bd_seen=$bd_alarms bd_rc=0
		wait "$bd_pid" 2>/dev/null || bd_rc=$?
		[ "$bd_seen" -ne "$bd_alarms" ] || break
		case $bd_alarms in
		1)
			kill "$bd_pid" 2>/dev/null
			stop_ringing
			ring_after 2 &
			bd_watch=$!
			;;
		2) kill -KILL "$bd_pid" 2>/dev/null ;;
		*) ! note_stuck "$bd_pid" "$@" || break ;;
		esac
	done
	stop_ringing
	[ "$bd_alarms" -eq 0 ] || return $((124 + (bd_alarms > 2)))
	[ "$bd_file" = /dev/null ] || [ "$bd_rc" -ne 0 ] || echo . >>"$bd_file" || return 1
	return "$bd_rc"
}

# ring_after SECONDS: SIGUSR1 to the agent's shell, then every second. A shell's wait comes back for a signal that is caught.
ring_after() {
	wait_here "$1" || return
	while kill -USR1 $$; do sleep 1; done
} </dev/null >/dev/null 2>&1

# wait_here SECONDS: of somebody who is ended with SIGKILL, the one signal that is not lost while a shell forks; 1 when the agent
# is gone.
wait_here() {
	wh_left=$1
	while [ "$wh_left" -gt 0 ]; do
		sleep 1
		kill -0 $$ || return 1
		wh_left=$((wh_left - 1))
	done
}

# interrupt: SIGUSR2, from a stop that cannot wait for the end of a promotion.
interrupt() {
	[ "$interruptible" = yes ] || return 0
	stop_wanted=yes bd_alarms=$((bd_alarms + 1))
}

stop_ringing() {
	[ -n "$bd_watch" ] || return 0
	kill -KILL "$bd_watch"
	wait "$bd_watch"
	bd_watch=
} 2>/dev/null

# note_stuck PID COMMAND...: no signal ends it. While it lives, nothing else may write to what it may be writing to.
note_stuck() {
	kill -0 "$1" 2>/dev/null || return 1
	echo "$1 $(command_of "$1")" >>"$run/stuck"
	shift
	log "does not end: $*"
}

has_stuck() {
	[ -s "$run/stuck" ] || return 1
	while IFS= read -r hs_line; do
		[ -z "${hs_line#* }" ] || [ "$(command_of "${hs_line%% *}")" != "${hs_line#* }" ] || return 0
	done <"$run/stuck"
	drop "$run/stuck"
	return 1
}

# The number alone may be another process's by now.
command_of() { limit 5 ps -o command= -p "$1" 2>/dev/null; }

# is_number WORD: a count without leading zeros, which the shell's arithmetic takes for octal, and ends at an 8.
is_number() {
	case $1 in
	'' | *[!0-9]* | 0?* | ??????????????????*) return 1 ;;
	esac
}

has_word() { # has_word WORD "LIST"
	case " $2 " in
	*" $1 "*) return 0 ;;
	esac
	return 1
}

log() { logger -p local0.notice -t carp-hast-switch "$*"; }

# put FILE TEXT: whole or not at all.
put() {
	printf '%s' "$2" >"$1.new.$$" && mv "$1.new.$$" "$1" && return 0
	rm -f "$1.new.$$"
	return 1
} 2>/dev/null

# write_file FILE TEXT: so also across a power cut; the second fsync is for the new name. On a full disk up to 512 bytes are
# written over what is there, one sector, where nothing has to be allocated.
write_file() {
	printf '%s' "$2" >"$1.new.$$" && fsync "$1.new.$$" && mv "$1.new.$$" "$1" && fsync "$1" && return 0
	rm -f "$1.new.$$"
	[ -f "$1" ] && [ "${#2}" -lt 512 ] || return 1
	printf '%-511s\n' "$2" | dd of="$1" bs=512 conv=notrunc && fsync "$1"
} 2>/dev/null

# drop FILE...: no process for what is not there.
drop() {
	for dr_file in "$@"; do
		[ ! -e "$dr_file" ] || rm -f "$dr_file"
	done
}

# mark NAME...: ": >FILE" would end the shell where it fails, as on a full disk.
mark() {
	for mk_name in "$@"; do
		printf '' >"$run/$mk_name"
	done
} 2>/dev/null

# first_line FILE: its first line in $line. In the spool, where the peer's user may put anything, at most 200 bytes of it.
first_line() {
	line=
	[ -f "$1" ] && [ ! -h "$1" ] || return 1
	case $1 in
	"$db"/spool/*)
		line=$(limit 2 head -c 200 "$1" 2>/dev/null)
		line=${line%%"$nl"*}
		;;
	*) IFS= read -r line 2>/dev/null <"$1" || [ -n "$line" ] ;;
	esac
}

# json_string TEXT: TEXT as a JSON string.
json_string() {
	js_in=$1
	js_out=
	while :; do
		case $js_in in
		*[\\\"[:cntrl:]]*) ;;
		*) break ;;
		esac
		js_head=${js_in%%[\\\"[:cntrl:]]*}
		js_in=${js_in#"$js_head"}
		js_tail=${js_in#?}
		js_char=${js_in%"$js_tail"}
		js_in=$js_tail
		case $js_char in
		\\ | \") js_out="$js_out$js_head\\$js_char" ;;
		"$nl") js_out="$js_out$js_head\\n" ;;
		*) js_out="$js_out$js_head " ;;
		esac
	done
	printf '"%s"' "$js_out$js_in"
}
