# look_hast: o_hast (a line "NAME ROLE STATUS DIRTY ERRORS" for each configured resource), o_roles, o_link,
# o_dirty, o_queue (requests that a secondary has acknowledged, and not written yet), o_errors, o_workers (their processes),
# o_written (requests that they were sent to change the data).
look_hast() {
	lh_status=0
	first_line "$run/cut" || line=
	lh_cut=$line
	lh_out=$(limit 10 hastctl list 2>/dev/null) || lh_status=$?
	parse_hast "$lh_out"
	# Exit codes up to 4 belong to single resources; higher ones mean that hastd did not answer.
	[ "$lh_status" -le 4 ] || o_roles=no-hastd o_link=none
}

parse_hast() {
	o_hast='' o_workers='' o_written=0 o_queue=0 ph_name=''
	while IFS= read -r ph_line; do
		case $ph_line in
		'') ;;
		[!\ \	]*:)
			hast_flush
			ph_name=${ph_line%:} ph_role=init ph_state=- ph_dirty=0 ph_errors=0 ph_pid='' ph_written=0
			;;
		*)
			# shellcheck disable=SC2086 # split on purpose
			hast_field $ph_line
			;;
		esac
	done <<-EOF
		$1
	EOF
	hast_flush
	hast_summary
}

hast_field() {
	case $1 in
	role:) ph_role=$2 ;;
	status:) ph_state=$2 ;;
	dirty:) ph_dirty=$2 ;;
	error:) ph_role=error ;;
	workerpid:) ph_pid=$2 ;;
	queues:) [ "$ph_role" != secondary ] || o_queue=$((o_queue + ${3%,})) ;;
	writes: | deletes:) ph_written=$((ph_written + $2)) ;;
	local) [ "$2" = errors: ] && ph_errors=$((${4%,} + ${6%,} + ${8%,} + ${10%,})) ;;
	esac
	return 0
}

hast_flush() {
	[ -n "$ph_name" ] && has_word "$ph_name" "$resources" || return 0
	o_hast="$o_hast$ph_name $ph_role $ph_state $ph_dirty $ph_errors$nl"
	o_workers="$o_workers $ph_name=$ph_pid"
	if [ -z "$ph_pid" ]; then o_written=unknown; fi
	[ "$o_written" = unknown ] || o_written=$((o_written + ph_written))
}

# The many resources as one word: roles, and link: insync syncing degraded (primary), connected none (others).
hast_summary() {
	hs_all=0 hs_primary=0 hs_secondary=0 hs_complete=0 hs_synced=0 o_dirty=0 o_errors=0
	for hs_name in $resources; do hs_all=$((hs_all + 1)); done
	while read -r hs_name hs_role hs_state hs_dirty hs_errors; do
		[ -n "$hs_name" ] || continue
		case $hs_role in
		primary) hs_primary=$((hs_primary + 1)) ;;
		secondary) hs_secondary=$((hs_secondary + 1)) ;;
		esac
		[ "$hs_state" = complete ] && hs_complete=$((hs_complete + 1))
		! is_synced "$hs_name" "$hs_role:$hs_state:$hs_dirty" || hs_synced=$((hs_synced + 1))
		is_number "$hs_dirty" && o_dirty=$((o_dirty + hs_dirty))
		o_errors=$((o_errors + hs_errors))
	done <<-EOF
		$o_hast
	EOF
	case $((hs_primary == hs_all)):$((hs_secondary == hs_all)):$((hs_primary > 0)) in
	1:*) o_roles=all-primary ;;
	*:1:*) o_roles=all-secondary ;;
	*:1) o_roles=mixed ;;
	*) o_roles=all-init ;;
	esac
	case $((hs_complete == hs_all)):$((hs_primary > 0)):$((hs_synced == hs_all)) in
	1:1:1) o_link=insync ;;
	1:1:0) o_link=syncing ;;
	0:1:*) o_link=degraded ;;
	1:0:*) o_link=connected ;;
	*) o_link=none ;;
	esac
}

# is_synced RESOURCE ROLE:STATUS:DIRTY: without a difference, or without one at some time since it was last connected: what is
# dirty since then is on its way. $run/cut names the last change of a connection; the look at hastd came after lh_cut was read.
is_synced() {
	case $2 in
	primary:complete:0)
		first_line "$run/synced.$1" && [ "$line" = "$lh_cut" ] || put "$run/synced.$1" "$lh_cut$nl" || :
		return 0
		;;
	primary:complete:*) [ ! -e "$run/copying.$1" ] && first_line "$run/synced.$1" && [ "$line" = "$lh_cut" ] ;;
	*) return 1 ;;
	esac
}
