# ---------------------------------------------------------------- freshness and epochs

# read_spool: what the peer handed in. Its user owns the directory, so nothing in it is trusted to be a plain file.
read_spool() {
	if first_line "$db/spool/insync"; then
		drop "$db/spool/insync"
		is_number "${line%% *}" && heard_insync "${line%% *}" "${line##* }"
	fi
	if first_line "$db/spool/equal"; then
		drop "$db/spool/equal"
		heard_equal "${line%% *}" "${line##* }"
	fi
	if first_line "$db/spool/released"; then
		drop "$db/spool/released"
		write_file "$run/released" "$(now) $line$nl"
		heard_released
	fi
	if first_line "$db/spool/demote"; then
		drop "$db/spool/demote"
		echo demote >"$run/request"
		log "the peer asks for the storage"
	fi
}

# What it wrote alone before it left counts from now on, not only when it is asked for.
heard_released() {
	judge_released
	if is_number "$p_epoch" && is_number "$p_agreed"; then
		compare_epochs "$r_epoch" "$r_agreed" "$p_epoch" "$p_agreed"
		note_meeting
	fi
}

# heard_insync EPOCH MEETING: what was said before the last connect belongs to an earlier connection. insync 0 takes an
# earlier word back.
heard_insync() {
	case $o_roles:$1 in
	all-primary:* | mixed:*) return 0 ;;
	*:0)
		drop "$run/anew"
		set_fresh stale "the primary has lost us"
		return 0
		;;
	esac
	[ "$o_roles" = all-secondary ] || return 0
	look_meeting
	if [ "$o_link:$2" = "connected:$meeting" ] && [ "$1" -ge "$r_epoch" ]; then
		drop "$run/anew" "$run/lost" "$run/diverged" "$run/hold" "$db/owed"
		[ "$o_mode" != hold ] || o_mode=off
		mark met served
		[ "$r_epoch:$r_agreed:$r_peer_epoch:$r_fresh:$r_role" = "$1:$1:$1:fresh:secondary" ] && return 0
		log "copy: $r_fresh -> fresh: in sync at epoch $1"
		r_epoch=$1 r_agreed=$1 r_peer_epoch=$1 r_fresh=fresh r_role=secondary
		save_record
	fi
}

# heard_equal OLD NEW: the peer was primary for a moment, and what it wrote, if anything, is here as well.
heard_equal() {
	is_number "$1" && is_number "$2" && [ "$2" -ge "$1" ] || return 0
	case $o_roles:$r_epoch:$r_agreed in
	"all-secondary:$1:$1" | "all-secondary:$2:$2") ;;
	*) return 0 ;;
	esac
	[ -e "$run/anew" ] || return 0
	drop "$run/anew" "$run/lost" "$run/hold"
	r_epoch=$2 r_agreed=$2 r_peer_epoch=$2
	set_fresh fresh "the peer gave up, the copies are equal at epoch $2"
}
