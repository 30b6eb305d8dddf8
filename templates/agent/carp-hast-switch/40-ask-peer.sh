# ---------------------------------------------------------------- what it says

# probe FILE COMMAND...: runs it in the background; its exit code appears in FILE.rc when it has ended.
probe() {
	pr_file=$1
	shift
	{
		pr_rc=0
		"$@" >"$pr_file" 2>/dev/null || pr_rc=$?
		echo "$pr_rc" >"$pr_file.rc"
	} </dev/null >/dev/null 2>&1 &
}

probe_code() { # FILE -> probed: empty while it runs
	probed=
	[ -s "$1.rc" ] && read -r probed <"$1.rc"
	return 0
}

# ask_peer: all paths at once -> p_state (decide's PEER), relation, p_rep (the replication address answers).
# Dead means: for half a second no ping and no TCP connection on any network, and no agent. CARP has heard nothing of it
# for three seconds then.
ask_peer() {
	start_probes
	await_probes
	if [ "$ap_overtaken" = void ]; then
		# What answered did so before its CARP fell silent.
		start_probes
		await_probes
		ap_overtaken=yes
	fi
	rm -rf "$ap_dir" 2>/dev/null
	# The decision is for what was looked at; the next look finds what has come since, the spool's words above all.
	[ "$ap_overtaken" = no ] || o_carp=BACKUP
	ap_known=yes
	judge_peer
}

# ask_peer_again: what has just been found out is not asked for a second time; what would let this node go on against a
# living peer is.
ask_peer_again() {
	ap_reused=no
	case $ap_known:$p_state in
	yes:dead | released:standby | released:down)
		ap_known=no ap_reused=yes
		judge_peer
		;;
	*) ask_peer ;;
	esac
}

start_probes() {
	ap_count=$((${ap_count:-0} + 1))
	ap_dir=$run/ask.$$.$ap_count
	rm -rf "$ap_dir" 2>/dev/null
	mkdir -p "$ap_dir"
	ap_paths=
	for ap_path in rep lan; do
		case $ap_path in
		rep) ap_address=$peer_replication ;;
		*) ap_address=$peer_lan ;;
		esac
		[ -n "$ap_address" ] || continue
		ap_paths="$ap_paths $ap_path"
		probe "$ap_dir/ssh.$ap_path" ssh_peer "$ap_address" status
		probe "$ap_dir/ping.$ap_path" ping_twice "$ap_address"
		probe "$ap_dir/tcp.$ap_path" connects "$ap_address"
	done
}

# await_probes -> ap_answer (the agent's text), ap_alive (something answered), p_rep, p_lan, ap_overtaken.
await_probes() {
	ap_answer='' ap_alive=no p_rep=no p_lan=no ap_left=80 ap_overtaken=no
	while [ "$ap_left" -gt 0 ]; do
		ap_open=0 ap_ssh_open=0
		for ap_path in $ap_paths; do look_at_path; done
		if [ -n "$ap_answer" ] && { [ "$p_rep" = yes ] || [ "$ap_open" -eq 0 ]; }; then return; fi
		if [ "$ap_open" -eq 0 ] && [ "$ap_alive" = no ]; then return; fi
		if [ "$ap_open" -eq 0 ] && [ "$ap_ssh_open" -eq 0 ]; then return; fi
		if is_overtaken; then return; fi
		ap_left=$((ap_left - 1))
		sleep 0.1
	done
}

# is_overtaken: CARP has made this standby MASTER since the look that led to asking, and what has answered until then did
# it too early to count. Probes without an answer go on.
is_overtaken() {
	[ "$ap_overtaken" = no ] && [ -e "$run/wanted" ] && [ "$o_roles:$o_carp" = all-secondary:BACKUP ] || return 1
	look_carp
	[ "$o_carp" = MASTER ] || return 1
	ap_overtaken=yes
	[ "$ap_alive" = no ] || ap_overtaken=void
	[ "$ap_overtaken" = void ]
}

look_at_path() {
	for lp_kind in ping tcp ssh; do
		probe_code "$ap_dir/$lp_kind.$ap_path"
		case $lp_kind:$probed in
		ssh:) ap_ssh_open=$((ap_ssh_open + 1)) ;;
		*:) ap_open=$((ap_open + 1)) ;;
		*:0) path_answers "$lp_kind" ;;
		esac
	done
}

path_answers() { # ping|tcp|ssh
	ap_alive=yes
	case $ap_path in
	rep) p_rep=yes ;;
	*) p_lan=yes ;;
	esac
	[ "$1" != ssh ] || [ -n "$ap_answer" ] || ap_answer=$(cat "$ap_dir/ssh.$ap_path" 2>/dev/null)
	return 0
}
