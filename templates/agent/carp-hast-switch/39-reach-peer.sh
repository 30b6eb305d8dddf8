# ping_it ADDRESS MILLISECONDS OPTIONS...: MILLISECONDS is how long the last packet is waited for. ping6(8) was a program of
# its own, with other letters, before FreeBSD 13.
ping_it() {
	pi_address=$1 pi_wait=$2
	shift 2
	case $pi_address in
	*:*) pi_release=$(sysctl -n kern.osreldate 2>/dev/null) ;;
	*) pi_release=1300000 ;;
	esac
	if is_number "$pi_release" && [ "$pi_release" -lt 1300000 ]; then
		limit 4 ping6 -q -o "$@" -x "$pi_wait" "$pi_address" >/dev/null 2>&1
	else
		limit 4 ping -q -o "$@" -W "$pi_wait" "$pi_address" >/dev/null 2>&1
	fi
}

# A node on the same wire answers within milliseconds.
ping_twice() { ping_it "$1" 400 -c 2 -i 0.1; }
