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

# ask_peer: both networks at once -> p_state (decide's PEER), relation, p_rep (the replication address answers).
# Dead means: no answer of its agent, and for half a second no ping on any network. Where its agent answered a moment
# ago it gets two seconds, as a busy machine needs them.
ask_peer() {
	put_question
	await_answer
	if [ "$ap_overtaken" = void ]; then
		# What answered did so before its CARP fell silent.
		put_question
		await_answer
		ap_overtaken=yes
	fi
	[ -z "$ap_dir" ] || rm -rf "$ap_dir" 2>/dev/null
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

# recall_peer: the loop's last answer, of two seconds ago at most. Good for what changes nothing.
recall_peer() {
	ap_answer='' ap_alive=no p_rep=no p_lan=no
	look_beat
	for rp_path in lan rep; do
		look_link "$rp_path"
		if ! recall "$rp_path" || [ $((beat - heard)) -gt 2 ]; then continue; fi
		ap_path=$rp_path ap_answer=$answer
		path_answers
	done
	[ -n "$ap_answer" ] || return 1
	ap_known=recalled
	judge_peer
}

put_question() {
	next_id
	ap_question=$id ap_dir='' ap_paths='' ap_open='' ap_lately=no
	look_beat
	for ap_path in rep lan; do
		path_address "$ap_path" || continue
		ap_paths="$ap_paths $ap_path"
		is_open "$ap_path" || continue
		send "$ap_path" "ask $ap_question"
		ap_open="$ap_open $ap_path"
		look_heard "$ap_path"
		[ "$heard" -eq 0 ] || [ $((beat - heard)) -gt 1 ] || ap_lately=yes
	done
	[ "$ap_lately" = yes ] || start_pings
}

start_pings() {
	ap_dir=$run/ask.$ap_question
	mkdir -p "$ap_dir"
	for ap_path in $ap_paths; do
		path_address "$ap_path"
		probe "$ap_dir/ping.$ap_path" ping_twice "$address"
	done
}

# await_answer -> ap_answer (the agent's text), ap_alive (something answered), p_rep, p_lan, ap_overtaken.
await_answer() {
	ap_answer='' ap_alive=no p_rep=no p_lan=no ap_left=40 ap_overtaken=no
	while [ "$ap_left" -gt 0 ]; do
		ap_pings=0
		for ap_path in $ap_paths; do look_at_path; done
		if [ -n "$ap_answer" ] && { [ "$p_rep" = yes ] || [ "$ap_pings:${ap_dir:+asked}" = 0:asked ]; }; then return; fi
		if [ "$ap_pings:$ap_lately" = 0:no ]; then
			if [ "$ap_alive" = no ] || [ -z "$ap_open" ]; then return; fi
		fi
		if is_overtaken; then return; fi
		ap_left=$((ap_left - 1))
		[ "$ap_left" -ne 35 ] || [ -n "$ap_dir" ] || start_pings
		sleep 0.05
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
	if has_word "$ap_path" "$ap_open" && read_whole "$run/said.$ap_path.$ap_question" "$ap_question"; then
		[ -n "$ap_answer" ] || ap_answer=$answer
		path_answers
	fi
	[ -n "$ap_dir" ] || return 0
	probe_code "$ap_dir/ping.$ap_path"
	case $probed in
	'') ap_pings=$((ap_pings + 1)) ;;
	0) path_answers ;;
	esac
}

path_answers() {
	ap_alive=yes
	case $ap_path in
	rep) p_rep=yes ;;
	*) p_lan=yes ;;
	esac
}
