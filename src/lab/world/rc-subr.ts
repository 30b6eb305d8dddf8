/**
 * The lab's /etc/rc.subr: the part of rc.subr(8) that a simple rc.d script uses, with its messages and exit
 * codes. Anything else in it fails loudly.
 */
export const RC_SUBR = `# lab: a small rc.subr
load_rc_config() {
	if [ -r /etc/rc.conf ]; then . /etc/rc.conf; fi
	if [ -r /etc/rc.conf.local ]; then . /etc/rc.conf.local; fi
	if [ -n "$1" ] && [ -r "/etc/rc.conf.d/$1" ]; then . "/etc/rc.conf.d/$1"; fi
	: "\${rcshutdown_timeout:=90}"
}

checkyesno() {
	eval "_lab_value=\\\${$1}"
	case $_lab_value in
	[Yy][Ee][Ss] | [Tt][Rr][Uu][Ee] | [Oo][Nn] | 1) return 0 ;;
	[Nn][Oo] | [Ff][Aa][Ll][Ss][Ee] | [Oo][Ff][Ff] | 0) return 1 ;;
	*)
		warn "\\\${$1} is not set properly - see rc.conf(5)."
		return 1
		;;
	esac
}

set_rcvar() {
	case $# in
	0) echo "\${name}_enable" ;;
	*) echo "$1" ;;
	esac
}

warn() { echo "$0: WARNING: $*" >&2; }
info() { echo "$0: INFO: $*"; }
debug() { :; }
err() {
	_lab_code=$1
	shift
	echo "$0: ERROR: $*" >&2
	exit "$_lab_code"
}
startmsg() { [ -n "$rc_quiet" ] || echo "$@"; }
force_depend() { service "$1" onestatus >/dev/null 2>&1 || service "$1" onestart; }

check_pidfile() {
	if [ -r "$1" ]; then
		read -r _lab_pid _lab_rest <"$1" || :
		case $_lab_pid in
		'' | *[!0-9]*) return 0 ;;
		esac
		if kill -0 "$_lab_pid" 2>/dev/null; then echo "$_lab_pid"; fi
	fi
	return 0
}

wait_for_pids() {
	for _lab_pid in "$@"; do
		while kill -0 "$_lab_pid" 2>/dev/null; do sleep 0.2; done
	done
}

_lab_needs_words() {
	case " start stop restart status rcvar enabled describe extracommands poll $extra_commands " in
	*" $1 "*) return 0 ;;
	esac
	echo "$0: unknown directive '$2'." >&2
	echo "Usage: $0 [fast|force|one|quiet](start|stop|restart|rcvar|enabled|describe|extracommands\${extra_commands:+|}$(echo $extra_commands | tr ' ' '|')|status|poll)" >&2
	return 1
}

run_rc_command() {
	rc_arg=$1
	_lab_word=$1
	[ -n "$rc_arg" ] || { _lab_needs_words '' '' || return 1; }
	shift
	rc_fast= rc_force= rc_quiet= _lab_one=
	case $rc_arg in
	fast?*) rc_fast=yes rc_quiet=yes rc_arg=\${rc_arg#fast} ;;
	force?*) rc_force=yes _lab_one=yes rc_arg=\${rc_arg#force} ;;
	one?*) _lab_one=yes rc_arg=\${rc_arg#one} ;;
	quiet?*) rc_quiet=yes rc_arg=\${rc_arg#quiet} ;;
	esac
	_lab_needs_words "$rc_arg" "$_lab_word" || return 1
	rc_pid=
	if [ -n "$pidfile" ]; then rc_pid=$(check_pidfile "$pidfile"); fi
	case $rc_arg in
	rcvar)
		echo "# \${desc:-$name}"
		echo "#"
		if [ -n "$rcvar" ]; then
			if checkyesno "$rcvar"; then echo "$rcvar=\\"YES\\""; else echo "$rcvar=\\"NO\\""; fi
		fi
		echo "#   (default: \\"\\")"
		echo
		return 0
		;;
	enabled)
		[ -z "$rcvar" ] || checkyesno "$rcvar"
		return
		;;
	describe)
		echo "\${desc:-$name}"
		return 0
		;;
	esac
	if [ -n "$rcvar" ] && [ -z "$_lab_one" ]; then
		case $rc_arg in
		stop) [ -n "$rc_pid" ] || [ -z "$pidfile" ] || _lab_check=1 ;;
		*) _lab_check=1 ;;
		esac
		if [ -n "$_lab_check" ] && ! checkyesno "$rcvar"; then
			[ -n "$rc_quiet" ] || echo "Cannot '$rc_arg' $name. Set $rcvar to YES in /etc/rc.conf or use 'one$rc_arg' instead of '$rc_arg'."
			return 0
		fi
	fi
	case $rc_arg in
	extracommands)
		echo "$extra_commands"
		return 0
		;;
	restart)
		( run_rc_command "\${_lab_one:+one}stop" )
		( run_rc_command "\${_lab_one:+one}start" )
		return
		;;
	esac
	eval "_lab_cmd=\\\${\${rc_arg}_cmd}"
	eval "_lab_pre=\\\${\${rc_arg}_precmd}"
	eval "_lab_post=\\\${\${rc_arg}_postcmd}"
	if [ -n "$_lab_pre" ]; then eval "$_lab_pre \\"\\$@\\"" || return 1; fi
	if [ -n "$_lab_cmd" ]; then
		eval "$_lab_cmd \\"\\$@\\"" || return
	else
		_lab_default "$@" || return
	fi
	if [ -n "$_lab_post" ]; then eval "$_lab_post \\"\\$@\\""; fi
}

_lab_default() {
	case $rc_arg in
	status)
		if [ -n "$rc_pid" ]; then
			echo "$name is running as pid $rc_pid."
		else
			echo "$name is not running."
			return 1
		fi
		;;
	start)
		if [ -n "$rc_pid" ]; then
			[ -n "$rc_quiet" ] || echo "$name already running? (pid=$rc_pid)." >&2
			return 1
		fi
		startmsg "Starting \${name}."
		eval "\${command:?} \${rc_flags:-} \${command_args:-}"
		;;
	stop)
		if [ -z "$rc_pid" ]; then
			[ -n "$rc_quiet" ] || echo "$name not running?\${pidfile:+ (check $pidfile).}" >&2
			return 1
		fi
		startmsg "Stopping \${name}."
		kill -\${sig_stop:-TERM} "$rc_pid"
		wait_for_pids "$rc_pid"
		;;
	*)
		echo "lab: not modelled: rc.subr: no \${rc_arg}_cmd in $name" >&2
		return 127
		;;
	esac
}
`;
