# verb_peer: for the other node, as the unprivileged user, through sshd's forced command. It reads one public file and
# leaves requests; the agent judges them as root.
verb_peer() {
	# shellcheck disable=SC2086 # words
	[ -z "${SSH_ORIGINAL_COMMAND:-}" ] || set -- $SSH_ORIGINAL_COMMAND
	case ${1:-}:$# in
	status:1) peer_status ;;
	demote:1) leave demote demote ;;
	insync:2) is_number "$2" && leave insync "$2" ;;
	equal:3) is_number "$2" && is_number "$3" && leave equal "$2 $3" ;;
	released:3) is_number "$2" && is_number "$3" && leave released "$2 $3" ;;
	*) usage ;;
	esac
}

leave() { # NAME TEXT
	printf '%s\n' "$2" >"$db/spool/.$1.$$" && mv "$db/spool/.$1.$$" "$db/spool/$1" && echo accepted
}

# Words from before a reboot, or from an agent that has stopped looking, are none.
peer_status() {
	ps_text='' ps_time=0 ps_boot=0 ps_epoch='' ps_agreed=''
	while read -r ps_key ps_value; do
		case $ps_key in
		time) ps_time=$ps_value ;;
		boot) ps_boot=$ps_value ;;
		epoch) ps_epoch=$ps_value ;;
		agreed) ps_agreed=$ps_value ;;
		esac
		ps_text="$ps_text$ps_key $ps_value$nl"
	done <"$run/public" || exit 1
	ps_age=$(($(now) - ps_time)) ps_drift=$(($(boot_time) - ps_boot))
	if [ "$ps_age" -gt 60 ] || [ "$ps_drift" -gt 60 ] || [ "$ps_drift" -lt -60 ]; then
		echo 'state unknown'
	else
		printf '%s' "$ps_text"
		# The agent may be busy, and this copy have moved on alone meanwhile: of two epochs the last one counts.
		if [ -e "$db/lone" ] && [ -n "$ps_epoch" ] && [ "$ps_epoch" = "$ps_agreed" ]; then
			echo "epoch $((ps_epoch + 1))"
		fi
	fi
}
