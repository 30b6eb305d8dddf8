# ---------------------------------------------------------------- what others are told

# name_state -> state, the one word for what this node is now.
name_state() {
	case $o_roles:$o_mounts:$o_mode in
	all-primary:all:*) state=serving ;;
	*:unknown:*) state=unknown ;;
	*:*:on) state=maintenance ;;
	all-secondary:none:*) state=standby ;;
	*) state=down ;;
	esac
	! is_split || state=split-brain
}

# By the epochs, or by hastd's own comparison, which it repeats at every try to connect.
is_split() { [ -e "$run/diverged" ] || [ -e "$run/hook.split-brain" ]; }

# publish STATE: for the peer (plain lines, read under its own user) and for people and programs (JSON).
publish() {
	published=$1 pb_ready=no pb_met=no
	[ ! -e "$run/met" ] || pb_met=yes
	look_beat
	case $1:$o_roles:$o_mounts:$r_fresh:$o_carp:$o_mode:${relation:-unknown} in
	*:behind | *:diverged) ;;
	standby:all-secondary:none:fresh:MASTER:off:* | standby:all-secondary:none:fresh:BACKUP:off:*) pb_ready=yes ;;
	esac
	# For a planned move it takes more than for a fail-over.
	if [ -e "$run/bad-disk" ] || has_bad_service || has_old_state; then pb_ready=no; fi
	write_public "state $1
node $node
fresh $r_fresh
epoch $r_epoch
agreed $r_agreed
roles $o_roles
mounts $o_mounts
carp $o_carp
ready $pb_ready
gone ${stopping:-no}
beat $beat
channel ${o_channel:-ok}
met $pb_met
counters$o_counters
" "$run/public"
	write_public "$(status_json "$1")$nl" "$run/status.json"
}

write_public() { printf '%s' "$1" >"$2.new" && mv "$2.new" "$2"; }

status_json() { # STATE
	printf '{"version":"%s","node":%s,"peer":%s,"state":"%s"' "$version" "$(json_string "$node")" "$(json_string "$peer")" "$1"
	printf ',"fresh":"%s","epoch":%s,"agreedEpoch":%s' "$r_fresh" "$r_epoch" "$r_agreed"
	printf ',"carp":{"state":"%s","advskew":%s}' "$o_carp" "${o_skew:-null}"
	printf ',"hastd":%s,"link":"%s","resources":[' "$([ "$o_roles" = no-hastd ] && echo false || echo true)" "$o_link"
	json_resources
	printf '],"mounts":['
	json_list "$o_attached"
	printf '],"reason":%s,"peerState":"%s","peerEpoch":%s' "$(json_string "$reason")" "$p_state" "$r_peer_epoch"
	json_evidence
	printf ',"maintenanceUntil":%s' "$([ "$o_mode" = on ] && echo "$o_until" || echo null)"
	printf ',"since":%s,"lastTransition":' "$r_at"
	if [ -n "$r_to" ]; then
		printf '{"from":%s,"to":%s,"reason":%s,"seconds":%s}' "$(json_string "$r_from")" "$(json_string "$r_to")" \
			"$(json_string "$r_reason")" "$r_seconds"
	else
		printf null
	fi
	printf ',"alarms":['
	json_list "$(alarm_names)"
	printf '],"alarmsSince":{'
	json_alarms
	printf '}}'
}

# On which ways the peer has answered when it was last asked; null when it was not.
json_evidence() {
	if [ "$p_state" = unasked ]; then
		printf ',"peerEvidence":null'
		return
	fi
	printf ',"peerEvidence":{'
	je_comma=
	for je_one in "agent:$p_agent" "replication:$p_rep" "lan:$p_lan"; do
		[ "${je_one#*:}" = yes ] && je_word=true || je_word=false
		printf '%s"%s":%s' "$je_comma" "${je_one%%:*}" "$je_word"
		je_comma=,
	done
	printf '}'
}

json_resources() {
	jr_comma=
	while read -r jr_name jr_role jr_state jr_dirty jr_errors; do
		[ -n "$jr_name" ] || continue
		[ "$jr_state" = - ] && jr_state=null || jr_state="\"$jr_state\""
		printf '%s{"name":%s,"role":%s,"status":%s,"dirty":%s,"localErrors":%s}' "$jr_comma" "$(json_string "$jr_name")" \
			"$(json_string "$jr_role")" "$jr_state" "$jr_dirty" "$jr_errors"
		jr_comma=,
	done <<-EOF
		$o_hast
	EOF
}

json_list() { # one entry a line
	jl_comma=
	while IFS= read -r jl_entry; do
		[ -n "$jl_entry" ] || continue
		printf '%s%s' "$jl_comma" "$(json_string "$jl_entry")"
		jl_comma=,
	done <<-EOF
		$1
	EOF
}

# Seconds since 1970, by alarm.
json_alarms() {
	ja_comma=
	for ja_name in $(alarm_names); do
		printf '%s"%s":%s' "$ja_comma" "$ja_name" "$(alarm_since "$ja_name")"
		ja_comma=,
	done
}

alarm_since() { # NAME
	first_line "$run/alarm.$1" || line=
	if is_number "${line##* }"; then printf '%s' "${line##* }"; else printf 0; fi
}

alarm_names() {
	set +f
	for an_file in "$run"/alarm.*; do
		[ -e "$an_file" ] && printf '%s\n' "${an_file##*/alarm.}"
	done
	set -f
	return 0
}
