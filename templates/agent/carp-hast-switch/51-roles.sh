# ---------------------------------------------------------------- HAST roles

# set_roles ROLE: 0 when hastctl reports it for every resource. hastctl's own 0 means only "accepted".
set_roles() {
	sr_tries=0
	# shellcheck disable=SC2086 # a list
	until limit 30 hastctl role "$1" $resources >/dev/null 2>&1; do
		sr_tries=$((sr_tries + 1))
		[ "$sr_tries" -lt 3 ] || return 1
		case $sr_tries in
		# The running hastd may not know a resource yet; it reads signals every five seconds.
		1) limit 10 service hastd reload >/dev/null 2>&1 ;;
		# A worker that waits for a silent peer, or never ends, blocks hastd. A primary one that is killed is taken up again.
		*) kill_workers ;;
		esac
		sleep 5
	done
	case $1 in
	primary) await_devices ;;
	*) await_roles "all-$1" ;;
	esac
}

kill_workers() {
	for kw_resource in $resources; do
		limit 5 pkill -KILL -f "^hastd: $kw_resource \\((primary|secondary)\\)"
	done
}

await_roles() { # ROLES
	for ar_try in 1 2 3 4 5 6 7 8 9 10; do
		look_hast
		[ "$o_roles" = "$1" ] && return 0
		sleep 0.5
	done
	: "$ar_try"
	return 1
}

# The devices appear a moment after the role; a primary without usable metadata goes back to init.
await_devices() {
	ad_left=50
	while [ "$ad_left" -gt 0 ]; do
		ad_missing=
		for ad_resource in $resources; do
			[ -e "$dev/$ad_resource" ] || ad_missing=$ad_resource
		done
		[ -n "$ad_missing" ] || break
		ad_left=$((ad_left - 1))
		sleep 0.1
	done
	[ -z "$ad_missing" ] || return 1
	look_hast
	[ "$o_roles" = all-primary ]
}

# With the peer up, wait a moment for the connection: what is written before it exists on one node only.
await_link() {
	al_left=10
	while [ "$al_left" -gt 0 ]; do
		case $o_link in
		insync | syncing) return 0 ;;
		esac
		sleep 0.1
		look_hast
		al_left=$((al_left - 1))
	done
	return 0
}

# The reject route makes hastd's connect to a dead peer fail at once instead of blocking all I/O for 20 s. The marker
# is there before the route: whoever comes next removes it, should this process be killed.
block_peer() {
	: >"$run/rejected" || return 1
	case $peer_replication in
	*:*) limit 5 route -q add -inet6 -host "$peer_replication" ::1 -reject >/dev/null 2>&1 ;;
	*) limit 5 route -q add -host "$peer_replication" 127.0.0.1 -reject >/dev/null 2>&1 ;;
	esac
	return 0
}

unblock_peer() {
	[ -e "$run/rejected" ] || return 0
	delete_route
	rm -f "$run/rejected"
}

delete_route() {
	case $peer_replication in
	*:*) limit 5 route -q delete -inet6 -host "$peer_replication" >/dev/null 2>&1 ;;
	*) limit 5 route -q delete -host "$peer_replication" >/dev/null 2>&1 ;;
	esac
}

# unblock_left_over: of somebody who was killed. Once more at the next look: the route(8) that he had started may come
# to its end only now.
unblock_left_over() {
	if [ -e "$run/rejected" ]; then
		: >"$run/unblock.again"
		unblock_peer
	elif [ -e "$run/unblock.again" ]; then
		delete_route
		rm -f "$run/unblock.again"
	fi
}
