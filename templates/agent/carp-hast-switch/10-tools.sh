# ---------------------------------------------------------------- small tools

# limit SECONDS COMMAND...: stdin is empty; 124 when the time is over.
limit() {
	if command -v timeout >/dev/null 2>&1; then
		timeout -k 2 "$@" </dev/null
	else
		limit_by_hand "$@"
	fi
}

# FreeBSD has timeout(1) from 10.3.
limit_by_hand() {
	lb_limit=$1
	shift
	"$@" </dev/null &
	lb_pid=$!
	{
		sleep "$lb_limit"
		kill "$lb_pid"
		sleep 2
		kill -KILL "$lb_pid"
	} </dev/null >/dev/null 2>&1 &
	lb_watch=$!
	lb_rc=0
	wait "$lb_pid" 2>/dev/null || lb_rc=$?
	kill "$lb_watch" 2>/dev/null
	case $lb_rc in
	143 | 137) return 124 ;;
	esac
	return "$lb_rc"
}

# limit_hard SECONDS COMMAND...: comes back in time even from a command that no signal can end, as one
# that waits for I/O on a HAST device or a suspended pool. Output is thrown away. Most end at once; what
# takes longer than two seconds is looked for four times a second.
limit_hard() {
	lh_left=$(($1 * 20)) lh_fast=$((($1 - 2) * 20))
	shift
	lh_file=$run/done.$$
	rm -f "$lh_file"
	{
		lh_rc=0
		"$@" </dev/null >/dev/null 2>&1 || lh_rc=$?
		echo "$lh_rc" >"$lh_file.new" && mv "$lh_file.new" "$lh_file"
	} &
	lh_pid=$!
	while [ ! -e "$lh_file" ]; do
		if [ "$lh_left" -le 0 ]; then
			kill "$lh_pid" 2>/dev/null
			return 124
		fi
		if [ "$lh_left" -gt "$lh_fast" ]; then
			lh_left=$((lh_left - 1))
			sleep 0.05
		else
			lh_left=$((lh_left - 5))
			sleep 0.25
		fi
	done
	wait "$lh_pid" 2>/dev/null
	read -r lh_rc <"$lh_file"
	rm -f "$lh_file"
	return "$lh_rc"
}

now() { date +%s; }

is_number() {
	case $1 in
	'' | *[!0-9]* | ??????????????????*) return 1 ;;
	esac
}

has_word() { # has_word WORD "LIST"
	case " $2 " in
	*" $1 "*) return 0 ;;
	esac
	return 1
}

log() { logger -p local0.notice -t carp-hast-switch "$*"; }

# write_file PATH TEXT: whole or not at all, also across a power cut.
write_file() {
	printf '%s' "$2" >"$1.new.$$" && fsync "$1.new.$$" && mv "$1.new.$$" "$1" && return 0
	rm -f "$1.new.$$"
	return 1
}

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

# boot_time: when the kernel started, seconds since the epoch; empty when it cannot be read.
boot_time() {
	bt=$(sysctl -n kern.boottime 2>/dev/null) || bt=
	bt=${bt#*sec = }
	bt=${bt%%,*}
	is_number "$bt" || bt=0
	printf '%s' "$bt"
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
