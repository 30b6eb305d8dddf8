# ---------------------------------------------------------------- the decision

# decide CARP ROLES MOUNTS FRESH EPOCH PEER CONNECTED MODE PHASE REQUEST PREFERRED
#
#   CARP       none INIT BACKUP MASTER
#   ROLES      no-hastd all-init all-secondary all-primary mixed (mixed: some primary, not all)
#   MOUNTS     none some all unknown
#   FRESH      fresh stale unknown        this copy, by rule 2
#   EPOCH      equal ahead behind diverged unknown   this copy against the peer's last word
#   PEER       unasked   nobody has looked yet
#              serving   primary, and holds the address
#              primary   primary, without the address
#              leaving   on its way out of primary
#              standby   not primary, and could become it
#              down      not primary, and will not become it by itself
#              silent    something of it answers, but not its agent
#              dead      nothing of it answers on any path
#   CONNECTED  yes no         own carrier, and a witness where there are any
#   MODE       off on hold    maintenance; hold: it has just handed over or failed
#   PHASE      boot alone run waiting for the peer after a boot; bootWait is over; somebody has served since
#   REQUEST    none promote force demote
#   PREFERRED  yes no         goes first when all else is equal
#
# Sets action (none ask wait promote demote retire secondary takeover), reason (a code), and skew (0, 20,
# 240 or keep). demote ends in the secondary role, retire in init: hastd overwrites a secondary.
# It reads and writes nothing else.
decide() {
	d_carp=$1 d_roles=$2 d_mounts=$3 d_fresh=$4 d_epoch=$5 d_peer=$6 d_connected=$7 d_mode=$8 d_phase=$9
	shift 9
	d_request=$1 d_preferred=$2
	case $d_carp in
	INIT | none) d_connected=no ;;
	esac
	if [ "$d_mounts" = unknown ]; then
		verdict none storage-unknown keep
	elif [ "$d_roles" = no-hastd ]; then
		decide_without_hastd
	elif [ "$d_epoch" = diverged ]; then
		decide_split
	else
		case $d_roles$d_mounts in
		all-primaryall) decide_serving ;;
		all-primary*) decide_half ;;
		all-secondarynone) decide_standby ;;
		all-secondary*) verdict demote mounted-secondary 240 ;;
		all-initnone) decide_init ;;
		all-init*) verdict retire roles-lost 240 ;;
		*) decide_mixed ;;
		esac
	fi
}

verdict() { action=$1 reason=$2 skew=$3; }

# Without an answer from hastd, a device that is still there may still work: leave it.
decide_without_hastd() {
	case $d_mounts in
	none) verdict none hastd-down 240 ;;
	all) verdict none hastd-silent keep ;;
	*) verdict demote hastd-lost 240 ;;
	esac
}

# Both nodes have gone on alone since they last agreed. Both copies stay; at most one of them serves.
decide_split() {
	case $d_request$d_peer$d_roles$d_mounts in
	*unaskedall-initnone | *unaskedall-primaryall) verdict ask split-brain keep && return ;;
	demote*all-primary* | demote*mixed*) verdict retire requested 240 && return ;;
	esac
	case $d_request$d_peer in
	forcestandby | forcedown | forcedead | forcesilent)
		if [ "$d_roles$d_mounts" != all-primaryall ]; then
			verdict promote forced 0
			return
		fi
		;;
	esac
	if [ "$d_roles$d_mounts" = all-initnone ]; then
		verdict none split-brain 240
	elif [ "$d_roles$d_mounts" != all-primaryall ]; then
		verdict retire split-brain 240
	else
		decide_two_primaries split-brain
	fi
}

# This node serves, and the peer may as well: the one with the address goes on, else the preferred one.
decide_two_primaries() {
	case $d_peer$d_carp$d_preferred in
	servingMASTERyes | primaryMASTER* | primary*yes) verdict none "$1" 0 ;;
	serving* | primary*) verdict retire "$1" 240 ;;
	*) verdict none "$1" 0 ;;
	esac
}
