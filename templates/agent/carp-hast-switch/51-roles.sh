# ---------------------------------------------------------------- HAST roles

# set_roles secondary|init: 0 when hastctl reports it for every resource. Nobody is promoted here.
set_roles() {
	# shellcheck disable=SC2086 # a list
	change_roles "$1" $resources || return 1
	for sr_try in 1 2 3 4 5 6 7 8 9 10; do
		look_hast
		[ "$o_roles" != "all-$1" ] || return 0
		sleep 0.2
	done
	: "$sr_try"
	return 1
}

# change_roles ROLE RESOURCE...: hastctl's own 0 means only "accepted"; for init and secondary, that the old workers are gone.
change_roles() {
	cr_left=12
	until bounded 30 hastctl role "$@"; do
		cr_rc=$?
		[ "$stop_wanted" = no ] || return 1
		case $cr_rc:$cr_left in
		# A worker that waits for a silent peer, or never ends, blocks hastd. A primary one that is killed is taken up again.
		12[45]:*) kill_workers && cr_left=$((cr_left - 5)) ;;
		# The running hastd may not know a resource yet; it reads signals every five seconds.
		*:12) limit 10 service hastd reload >/dev/null 2>&1 ;;
		esac
		cr_left=$((cr_left - 1))
		[ "$cr_left" -gt 0 ] || return 1
		sleep 0.5
	done
}

kill_workers() {
	for kw_resource in $resources; do
		limit 5 pkill -KILL -f "^hastd: $kw_resource \\((primary|secondary)\\)"
	done
	return 0
}

# become_primary: every resource, or failed says at what. hastd's parent must not wait for an old worker while GEOM tastes a new
# device: the read of it is answered only after a connect, which the parent does, and the old worker's exit waits for GEOM.
# So everything that is not primary goes to init first, and then one at a time, each read before the next.
become_primary() {
	look_hast
	failed=queue
	# What the secondary has acknowledged goes with its worker.
	drain_queue || return 1
	failed=role bp_others=
	while read -r bp_name bp_role bp_rest; do
		[ -z "$bp_name" ] || [ "$bp_role" = primary ] || bp_others="$bp_others $bp_name"
	done <<-EOF
		$o_hast
	EOF
	: "$bp_rest"
	# A promotion that is cut off here has no role, and is no less in touch for that.
	put "$run/promoting" "$(now)$nl"
	# shellcheck disable=SC2086 # a list
	[ -z "$bp_others" ] || change_roles init $bp_others || return 1
	for bp_name in $resources; do
		failed=role
		! has_word "$bp_name" "$bp_others" || change_roles primary "$bp_name" || return 1
		await_device "$dev/$bp_name" || return 1
		failed='read'
		# A copy that hastd thinks complete may still hang on the first read (a stale one made primary).
		bounded $((hast_timeout + 5)) dd if="$dev/$bp_name" of=/dev/null bs=4096 count=1 || return 1
	done
	look_hast
	failed=role
	[ "$o_roles" = all-primary ]
}

# drain_queue: what this secondary has acknowledged gets to its disk. Its worker ends, and forgets it, when the primary that it
# came from is back; then that one's disk alone has it.
drain_queue() {
	dq_workers=$o_workers dq_queue=$o_queue
	await_less queue || return 1
	[ "$dq_queue" -gt 0 ] && [ "$o_workers" != "$dq_workers" ] || return 0
	pm_fresh=stale
	set_fresh stale "acknowledged writes were lost with the worker"
	return 1
}

# await_less dirty|queue: until there is none left of it. Given up when it has not become less for fifteen seconds, however much
# there is; at a shutdown, which is killed after 90 seconds, after 40 in all.
await_less() {
	al_best='' al_left=120 al_total=320
	while :; do
		case $1:$o_link in
		queue:*) al_now=$o_queue ;;
		dirty:insync | dirty:syncing) al_now=$o_dirty ;;
		*) return 1 ;;
		esac
		[ "$al_now" -gt 0 ] || return 0
		al_left=$((al_left - 1)) al_total=$((al_total - 1))
		if [ -z "$al_best" ] || [ "$al_now" -lt "$al_best" ]; then al_best=$al_now al_left=120; fi
		[ "$al_left" -gt 0 ] && { [ "$al_total" -gt 0 ] || [ "${stopping:-no}" = no ]; } || return 1
		sleep 0.1
		look_hast
	done
}

# The device appears a moment after the role; a primary without usable metadata goes back to init.
await_device() {
	ad_left=100
	until [ -e "$1" ]; do
		ad_left=$((ad_left - 1))
		[ "$ad_left" -gt 0 ] || return 1
		sleep 0.05
	done
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

# The reject route makes hastd's connect to a dead peer fail at once instead of blocking all I/O for 20 s. The marker is there
# before the route: whoever comes next removes it, should this process be killed. Somebody else's route does it as well, and stays.
block_peer() {
	look_beat
	put "$run/rejected" "$beat$nl" || return 1
	case $peer_replication in
	*:*) limit 5 route -q add -inet6 -host "$peer_replication" ::1 -reject >/dev/null 2>&1 ;;
	*) limit 5 route -q add -host "$peer_replication" 127.0.0.1 -reject >/dev/null 2>&1 ;;
	esac || drop "$run/rejected"
	return 0
}

# lift_route: a primary that was frozen would hear at once that its connection is gone, and acknowledge alone what was on its
# way. So the route stays until the peer's agent says that it is not primary, but for forty seconds at most: a peer that boots
# must be able to hear of this node over either network before its bootWait is over.
lift_route() {
	[ -e "$run/rejected" ] || return 0
	case $o_roles:$p_state in
	all-primary:standby | all-primary:down | all-primary:leaving) ;;
	all-primary:*)
		lr_most=$((${boot_wait%%.*} / 2))
		[ "$lr_most" -lt 40 ] || lr_most=40
		first_line "$run/rejected"
		! is_number "$line" || [ $((beat - line)) -ge "$lr_most" ] || return 0
		;;
	esac
	unblock_peer
}

unblock_peer() {
	[ -e "$run/rejected" ] || return 0
	delete_route
	drop "$run/rejected"
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
	if [ -e "$run/rejected" ] && [ -e "$run/attached" ]; then
		: # lift_route
	elif [ -e "$run/rejected" ]; then
		mark unblock.again
		unblock_peer
	elif [ -e "$run/unblock.again" ]; then
		delete_route
		drop "$run/unblock.again"
	fi
}
