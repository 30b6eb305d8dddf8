# verb_peer: for the other node, as the unprivileged user, through sshd's forced command. It reads public files and
# leaves requests; the agent judges them as root.
verb_peer() {
	# shellcheck disable=SC2086 # words
	[ -z "${SSH_ORIGINAL_COMMAND:-}" ] || set -- $SSH_ORIGINAL_COMMAND
	case $* in
	status)
		public_text || exit 1
		printf '%s' "$text"
		;;
	'stream rep' | 'stream lan') peer_stream "$2" ;;
	*) usage ;;
	esac
}

# peer_stream PATH: the other end of run_stream; see there. Nothing but words of the shell for a question.
peer_stream() {
	# Whoever asked before on this way may never learn that its connection is gone.
	st_pid=
	[ ! -e "$db/spool/.stream.$1" ] || read -r st_pid <"$db/spool/.stream.$1"
	if is_number "$st_pid"; then kill "$st_pid" 2>/dev/null; fi
	echo "$$" >"$db/spool/.stream.$1"
	echo hello >"$db/spool/hello"
	st_still=0 st_beat=
	while read -r st_word st_id st_rest; do
		case $st_id in
		[bq][0-9]*) ;;
		*) continue ;;
		esac
		case $st_id in
		*[!bq0-9.]* | ????????????????????????????????*) continue ;;
		esac
		case $st_word in
		ask) answer_question ;;
		tell) take_word "$st_rest" ;;
		*) continue ;;
		esac
		printf 'answer %s\n%send %s\n' "$st_id" "$text" "$st_id" || return
	done
}

# A loop that counts no longer is no agent: the same count at ten of the peer's in a row.
answer_question() {
	public_text || text="state unknown$nl"
	case $st_id:$beat in
	b*:"$st_beat") st_still=$((st_still + 1)) ;;
	b*) st_still=0 st_beat=$beat ;;
	esac
	[ "$st_still" -lt 10 ] || text="state unknown$nl"
}

# take_word "BEAT WORDS": a connection may hold back for long what was said; then it is so no more.
take_word() {
	text="refused$nl"
	look_beat
	# shellcheck disable=SC2086 # words
	set -- $1
	is_number "${1:-}" && [ $((beat - $1)) -le 5 ] || return 0
	shift
	case ${1:-}:$# in
	demote:1) leave demote demote ;;
	insync:3) is_number "$2" && is_meeting "$3" && leave insync "$2 $3" ;;
	equal:3) is_number "$2" && is_number "$3" && leave equal "$2 $3" ;;
	released:3) is_number "$2" && is_number "$3" && leave released "$2 $3" ;;
	esac
	return 0
}

is_meeting() {
	case $1 in
	'' | *[!0-9.-]* | ??????????????????????????*) return 1 ;;
	esac
}

leave() { # NAME TEXT
	printf '%s\n' "$2" >"$db/spool/.$1.$$" && mv "$db/spool/.$1.$$" "$db/spool/$1" && text="accepted$nl"
}

# public_text -> text, beat. What an agent says that has stopped looking is nothing.
public_text() {
	text='' pt_beat=0 pt_epoch='' pt_agreed=''
	[ -r "$run/public" ] || return 1
	while read -r pt_key pt_value; do
		case $pt_key in
		beat) pt_beat=$pt_value ;;
		epoch) pt_epoch=$pt_value ;;
		agreed) pt_agreed=$pt_value ;;
		esac
		text="$text$pt_key $pt_value$nl"
	done <"$run/public"
	look_beat
	if [ $((beat - pt_beat)) -gt 60 ]; then
		text="state unknown$nl"
		return 0
	fi
	# The agent may be busy, and this copy have moved on alone meanwhile: of two epochs the last one counts.
	if [ -e "$db/lone" ] && [ -n "$pt_epoch" ] && [ "$pt_epoch" = "$pt_agreed" ]; then
		text="${text}epoch $((pt_epoch + 1))$nl"
	fi
	[ ! -e "$db/owed" ] || text="${text}owed yes$nl"
	look_meeting
	text="${text}meeting $meeting${nl}beat $beat$nl"
}

# look_meeting -> meeting: names the last time that the peer's hastd has connected to this secondary.
look_meeting() {
	meeting=-
	[ ! -e "$run/meeting" ] || read -r meeting <"$run/meeting"
}
