main() {
	vm_verb=${1:-}
	[ $# -eq 0 ] || shift
	case $vm_verb in
	'') usage ;;
	peer) ;; # another user, who may not read the configuration
	# hastd runs its hook from the first role on, which may come before the agent is configured.
	hook | role | connect | disconnect | syncstart | syncdone | syncintr | split-brain)
		[ -e "$etc/agent.conf" ] || exit 0
		load_config
		;;
	*) load_config ;;
	esac
	case $vm_verb in
	peer) verb_peer "$@" ;;
	status) verb_status "$@" ;;
	master | slave | event) ! is_armed || wake ;;
	hook) verb_hook "$@" ;;
	role | connect | disconnect | syncstart | syncdone | syncintr | split-brain) verb_hook "$vm_verb" "$@" ;;
	reconcile) with_lock 60 tick ;;
	promote | demote) verb_move "$vm_verb" "$@" ;;
	maintenance) verb_maintenance "$@" ;;
	locked) verb_locked "$@" ;;
	start) verb_start ;;
	stop) verb_stop ;;
	loop) verb_loop ;;
	*) usage ;;
	esac
}

verb_move() {
	case $* in
	promote | demote) verb_request "$1" ;;
	'promote --force') verb_request force ;;
	*) usage ;;
	esac
}

if [ -z "${CARP_HAST_LIB:-}" ]; then
	main "$@"
fi
