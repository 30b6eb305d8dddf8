# ---------------------------------------------------------------- verbs

fail() {
	echo "carp-hast-switch: $*" >&2
	exit 1
}

usage() {
	echo "usage: carp-hast-switch reconcile | status [--json|--metrics] | promote [--force] | demote | maintenance on [SECONDS]|off" >&2
	echo "       carp-hast-switch start | stop | master | slave | event SUBSYSTEM TYPE | hook EVENT RES | peer VERB" >&2
	exit 2
}

load_config() {
	[ -r "$etc/agent.conf" ] || fail "cannot read $etc/agent.conf"
	# shellcheck disable=SC1091
	. "$etc/agent.conf"
	[ -n "$resources" ] || fail "$etc/agent.conf names no resources"
	[ -n "$carp_interface" ] || fail "$etc/agent.conf names no interface"
	mkdir -p "$run" "$db" || fail "cannot make $run"
}

# with_lock SECONDS KIND: the reconciler under the lock; 75 when it is busy for longer.
with_lock() {
	lockf -k -s -t "$1" "$run/lock" "$self" locked "$2"
}

# wake: whoever holds the lock looks again. The mark comes before the try, and who has let go looks once more, so no
# wake is lost between its last look and its release.
wake() {
	mark wanted
	while [ -e "$run/wanted" ]; do
		wk_rc=0
		with_lock 0 wake || wk_rc=$?
		[ "$wk_rc" -eq 0 ] || break
	done
	return 0
}

# Between start and stop only: a node that is shutting down must not take anything. FreeBSD empties /var/run at boot,
# before devd and hastd.
is_armed() { [ -e "$run/armed" ]; }

verb_hook() { # EVENT RES...
	look_beat
	if has_word "${2:--}" "$resources"; then
		case $1 in
		syncstart) mark "copying.$2" ;;
		syncdone | syncintr | disconnect) drop "$run/copying.$2" ;;
		esac
		case $1 in
		syncdone) first_line "$run/cut" || line='' && put "$run/synced.$2" "$line$nl" ;;
		role | connect | disconnect) put "$run/cut" "$beat.$$$nl" ;;
		esac
	fi
	case ${1:-} in
	# Only a primary has the device.
	connect)
		if [ ! -e "$dev/${2:-}" ]; then
			echo "$beat.$$" >"$run/meeting"
			mark hook.connect
		fi
		;;
	disconnect)
		[ ! -e "$dev/${2:-}" ] || lost_secondary "$2"
		let_go "${2:-}"
		;;
	split-brain) mark hook.split-brain ;;
	role | syncstart | syncdone | syncintr) ;;
	*) usage ;;
	esac
	! is_armed || wake
}
