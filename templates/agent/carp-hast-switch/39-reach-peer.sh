# ---------------------------------------------------------------- the other node

# ssh_peer ADDRESS WORDS...: the peer's agent answers on stdout (a forced command there).
ssh_peer() {
	sp_address=$1
	shift
	# The alias: known_hosts knows the address alone, ssh would look for it with the port.
	limit 6 ssh -o BatchMode=yes -o ConnectTimeout=2 -o StrictHostKeyChecking=yes -p "$peer_ssh_port" \
		-o "UserKnownHostsFile=$etc/known_hosts" -o "HostKeyAlias=$sp_address" -i "$etc/id_ed25519" \
		"hastpeer@$sp_address" "$*" 2>/dev/null
}

# tell_peer WORDS...: over the replication link, and over the other network when that fails.
tell_peer() {
	for tp_address in $peer_replication $peer_lan; do
		# The first way may have taken seconds to fail, and the secondary may have been lost in them.
		case $1:${2:-} in
		insync:[1-9]*) [ ! -e "$db/lone" ] || return 1 ;;
		esac
		ssh_peer "$tp_address" "$@" >/dev/null && return 0
	done
	return 1
}

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

# connects ADDRESS: a refused connection is an answer as well. nc(1) tells it from silence in words alone.
connects() {
	cn_said=$(limit 0.5 nc -v -z -w 1 "$1" "$peer_ssh_port" 2>&1) && return 0
	case $cn_said in
	*refused*) return 0 ;;
	esac
	return 1
}
