# ---------------------------------------------------------------- the other node

# One ssh connection on each network stays (PATH: rep or lan), kept by the agent's loop. What is written to to.PATH, a
# FIFO, goes to the peer's "peer stream":
#
#   ask ID               its state; answered at once
#   tell ID BEAT WORDS   BEAT is the peer's own, from its last answer: what comes late is not taken up
#
# An answer lies between the lines "answer ID" and "end ID". b7 is the loop's own, one a second, and is kept in
# heard.PATH: what it is behind the loop's count is how long the peer has been silent. q8.1 is somebody's question, kept
# in said.PATH.ID. link.PATH: "open BEAT TRIES" since, or "closed BEAT TRIES".

path_address() { # rep|lan -> address
	case $1 in
	rep) address=$peer_replication ;;
	*) address=$peer_lan ;;
	esac
	[ -n "$address" ]
}

# send PATH TEXT: never waits, for this opens the FIFO for both.
send() { printf '%s\n' "$2" 1<>"$run/to.$1"; }

# look_link PATH -> link, since, tries.
look_link() {
	link=closed since=0 tries=0
	[ -e "$run/link.$1" ] && settled_read "$run/link.$1" && is_number "$second" && is_number "$third" || return 0
	link=$first since=$second tries=$third
}

is_open() {
	look_link "$1"
	[ "$link" = open ]
}

# look_heard PATH -> heard: the beat of the last answer, 0 when there is none on this connection.
look_heard() {
	heard=0
	[ -e "$run/heard.$1" ] && settled_read "$run/heard.$1" || return 0
	second=${second#b}
	if is_number "$second" && [ "$second" -ge "$since" ]; then heard=$second; fi
}

# read_whole FILE ID -> answer: the text of the answer to ID, when all of it is there.
read_whole() {
	answer='' rw_last=''
	[ -e "$1" ] || return 1
	while IFS= read -r rw_line; do
		answer="$answer$rw_line$nl" rw_last=$rw_line
	done <"$1"
	case $answer in
	"answer $2$nl"*) [ "$rw_last" = "end $2" ] ;;
	*) return 1 ;;
	esac
}

# keep_stream PATH: once a second. A login takes seconds on a busy machine; a connection on which nothing comes any more
# is made anew.
keep_stream() {
	path_address "$1" || return 0
	look_link "$1"
	if [ "$link" = closed ]; then
		ks_wait=$((tries * 2))
		[ "$ks_wait" -le 15 ] || ks_wait=15
		[ $((beat - since)) -lt "$ks_wait" ] || open_stream "$1"
		return 0
	fi
	send "$1" "ask b$beat"
	look_heard "$1"
	ks_quiet=$((beat - heard)) ks_most=10
	[ "$heard" -gt 0 ] || ks_quiet=$((beat - since)) ks_most=25
	if [ "$ks_quiet" -gt "$ks_most" ] && first_line "$run/ssh.$1" && is_number "$line"; then
		kill "$line" 2>/dev/null
	fi
	# A primary looks what has become of the peer, and of its own networks.
	[ "$heard" -eq 0 ] || [ "$ks_quiet" -lt 2 ] || [ "$ks_quiet" -gt 9 ] || quiet=yes
}

open_stream() {
	[ -p "$run/to.$1" ] || mkfifo -m 600 "$run/to.$1" || return 0
	echo "open $beat $((tries + 1))" >"$run/link.$1"
	run_stream "$1" "$address" "$beat" "$((tries + 1))" </dev/null >/dev/null 2>&1 &
}

run_stream() { # PATH ADDRESS BEAT TRIES
	{
		# The alias: known_hosts knows the address alone, ssh would look for it with the port.
		ssh -T -o BatchMode=yes -o ConnectTimeout=10 -o StrictHostKeyChecking=yes -p "$peer_ssh_port" \
			-o "UserKnownHostsFile=$etc/known_hosts" -o "HostKeyAlias=$2" -i "$etc/id_ed25519" \
			"hastpeer@$2" "stream $1" <>"$run/to.$1" 2>"$run/why.$1" &
		echo "$!" >"$run/ssh.$1"
		wait "$!"
	} | read_answers "$1"
	rs_tries=$4
	since=$3
	look_heard "$1"
	[ "$heard" -eq 0 ] || rs_tries=0
	look_beat
	# An agent that was started meanwhile has a connection of its own.
	look_link "$1"
	[ "$link:$since" != "open:$3" ] || echo "closed $beat $rs_tries" >"$run/link.$1"
}

read_answers() { # PATH
	ra_text=
	while IFS= read -r ra_line; do
		case $ra_line in
		'answer '*) ra_text=$ra_line$nl ;;
		'end b'*) printf '%s%s\n' "$ra_text" "$ra_line" >"$run/heard.$1" ;;
		'end q'*) printf '%s%s\n' "$ra_text" "$ra_line" >"$run/said.$1.${ra_line#end }" ;;
		*) [ "${#ra_text}" -gt 4000 ] || ra_text=$ra_text$ra_line$nl ;;
		esac
	done
}

close_streams() {
	for cs_path in rep lan; do
		if first_line "$run/ssh.$cs_path" && is_number "$line"; then kill "$line" 2>/dev/null; fi
		drop "$run/ssh.$cs_path" "$run/link.$cs_path" "$run/heard.$cs_path"
	done
}

# tell_peer WORDS...: on both networks at once; 0 when it was taken up.
tell_peer() {
	next_id
	tp_id=$id tp_open=
	for tp_path in rep lan; do
		if ! path_address "$tp_path" || ! is_open "$tp_path" || ! recall "$tp_path"; then continue; fi
		fact beat
		tp_open="$tp_open $tp_path"
		send "$tp_path" "tell $tp_id $fact $*"
	done
	tp_left=40
	while [ -n "$tp_open" ] && [ "$tp_left" -gt 0 ]; do
		for tp_path in $tp_open; do
			read_whole "$run/said.$tp_path.$tp_id" "$tp_id" || continue
			case $answer in
			*"${nl}accepted$nl"*) return 0 ;;
			esac
		done
		tp_left=$((tp_left - 1))
		sleep 0.05
	done
	return 1
}

next_id() {
	id_count=$((${id_count:-0} + 1))
	id=q$$.${id_space:-0}.$id_count
}

# aside COMMAND...: in the background, with names of its own for its questions.
aside() {
	aside_count=$((${aside_count:-0} + 1))
	{
		id_space=$aside_count
		"$@"
	} </dev/null >/dev/null 2>&1 &
}

# recall PATH -> answer: the last one to the loop, whole.
recall() {
	look_heard "$1"
	[ "$heard" -gt 0 ] && read_whole "$run/heard.$1" "b$heard"
}

# fact KEY -> fact: from answer; the last one counts.
fact() {
	fact=
	while read -r fa_key fa_value; do
		[ "$fa_key" != "$1" ] || fact=$fa_value
	done <<-EOF
		$answer
	EOF
}

# ask_once -> answer: a fresh one, from whichever network is first; waits two seconds at most.
ask_once() {
	next_id
	ao_id=$id ao_open=
	for ao_path in rep lan; do
		if ! path_address "$ao_path" || ! is_open "$ao_path"; then continue; fi
		ao_open="$ao_open $ao_path"
		send "$ao_path" "ask $ao_id"
	done
	ao_left=40
	while [ -n "$ao_open" ] && [ "$ao_left" -gt 0 ]; do
		for ao_path in $ao_open; do
			! read_whole "$run/said.$ao_path.$ao_id" "$ao_id" || return 0
		done
		ao_left=$((ao_left - 1))
		sleep 0.05
	done
	return 1
}
