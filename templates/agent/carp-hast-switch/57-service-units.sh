# ---------------------------------------------------------------- services, one by one

# Where nfsd(8) keeps what it must know after a boot; the place is compiled in.
nfs4_stable=/var/db

# run_freely SECONDS NAME COMMAND...: as limit, but what the command leaves running stays: FreeBSD's timeout(1) waits for
# every descendant, and kills it. 124 when the time is over; the command alone is ended then.
run_freely() {
	rf_left=$(($1 * 10)) rf_file=$run/done.$$.$2
	shift 2
	rm -f "$rf_file"
	{
		rf_rc=0
		"$@" </dev/null >/dev/null 2>&1 || rf_rc=$?
		echo "$rf_rc" >"$rf_file.new" && mv "$rf_file.new" "$rf_file"
	} &
	rf_pid=$!
	while [ ! -e "$rf_file" ]; do
		if [ "$rf_left" -le 0 ]; then
			limit 5 pkill -TERM -P "$rf_pid"
			kill "$rf_pid" 2>/dev/null
			return 124
		fi
		rf_left=$((rf_left - 1))
		sleep 0.1
	done
	wait "$rf_pid" 2>/dev/null
	read -r rf_rc <"$rf_file"
	rm -f "$rf_file"
	return "$rf_rc"
}

is_running() { limit 5 service "$1" onestatus >/dev/null 2>&1; }

unit_runs() { # KIND NAME
	case $1 in
	# service(8) lists all jails, and succeeds without any.
	jail) limit 5 jls -j "$2" jid >/dev/null 2>&1 ;;
	nfs | nfs4) is_running nfsd && is_running mountd ;;
	*) is_running "$2" ;;
	esac
}

# unit_start KIND NAME SECONDS: 0 when it runs. Its script has ended then, or its time is over.
unit_start() {
	us_rc=0 us_left=25
	case $1 in
	jail) run_freely "$3" "$2" service jail onestart "$2" ;;
	nfs) start_nfs "$3" ;;
	nfs4) prepare_nfs4 && start_nfs "$3" ;;
	samba) prepare_samba && run_freely "$3" "$2" service "$2" onestart ;;
	*) run_freely "$3" "$2" service "$2" onestart ;;
	esac || us_rc=$?
	# Some write their pid a moment after their script has ended; one that has failed will not.
	until unit_runs "$1" "$2"; do
		us_left=$((us_left - 1))
		[ "$us_rc" -eq 0 ] && [ "$us_left" -gt 0 ] || return 1
		sleep 0.2
	done
}

# unit_stop KIND NAME SECONDS: 0 when it is gone. The files of one that would not stop are closed by force, with the storage.
unit_stop() {
	case $1 in
	jail) stop_jail "$2" "$3" ;;
	nfs | nfs4) stop_nfs "$3" ;;
	iscsi) stop_iscsi "$3" ;;
	*)
		run_freely "$3" "$2" service "$2" onestop
		! is_running "$2"
		;;
	esac
}

stop_jail() { # NAME SECONDS
	run_freely "$2" "$1" service jail onestop "$1"
	! unit_runs jail "$1" || limit 10 jail -R "$1" >/dev/null 2>&1
}

# ---- NFS. rc.d/nfsd starts mountd and rpcbind where they do not run.

start_nfs() { # SECONDS
	if is_running nfsd; then
		run_freely "$1" nfsd service mountd onestart
	else
		run_freely "$1" nfsd service nfsd onestart
	fi
}

# nfsd first: whoever asks for a file after its file system is gone is told that it is stale, for good. Neither may stay:
# mountd would export the empty directory.
stop_nfs() { # SECONDS
	run_freely "$1" nfsd service nfsd onestop
	! is_running nfsd || limit 5 pkill -KILL -x nfsd
	run_freely 5 nfsd service mountd onestop
	! is_running mountd || limit 5 pkill -KILL -x mountd
	sn_left=20
	while is_running nfsd || is_running mountd; do
		sn_left=$((sn_left - 1))
		[ "$sn_left" -gt 0 ] || return 1
		sleep 0.1
	done
}

# The two nodes are one server to version 4 clients: one identity, and the list of who may reclaim moves with the storage.
# Clients below 4.1 cannot say that they have reclaimed everything, and would make every grace period as long as it can be.
prepare_nfs4() {
	limit 10 kldload -n nfsd 2>/dev/null
	limit 5 sysctl vfs.nfsd.scope="$cluster" vfs.nfsd.owner_major="$cluster" >/dev/null || return 1
	limit 5 sysctl vfs.nfsd.server_min_minorversion4=1 >/dev/null || return 1
	pn_state=$nfs4_directory/.hastconf
	limit 5 mkdir -p -m 0700 "$pn_state" || return 1
	for pn_name in nfs-stablerestart nfs-stablerestart.bak; do
		[ -h "$nfs4_stable/$pn_name" ] || [ ! -e "$nfs4_stable/$pn_name" ] ||
			mv "$nfs4_stable/$pn_name" "$nfs4_stable/$pn_name.before-hastconf" || return 1
		limit 5 ln -s -f "$pn_state/$pn_name" "$nfs4_stable/$pn_name" || return 1
	done
	boot_time >"$db/served-nfs4"
}

# has_old_state: this kernel has served NFS version 4 already. It recovers its clients' state once in its life: a second time
# it would give them no grace, refuse what they reclaim, and still hold what they had opened the first time.
has_old_state() {
	case $nl$services in
	*"${nl}nfs4 "*) ;;
	*) return 1 ;;
	esac
	first_line "$db/served-nfs4" && [ "$line" = "$(boot_time)" ] && [ "$line" != 0 ]
}

# ---- iSCSI. ctld's end leaves no LUN behind, unless it was killed.

stop_iscsi() { # SECONDS
	run_freely "$1" ctld service ctld onestop
	if is_running ctld; then
		limit 5 ctladm port -o off -t iscsi >/dev/null 2>&1
		limit 5 pkill -KILL -x ctld
	fi
	kldstat -q -m ctl 2>/dev/null || return 0
	si_lun='' si_held=no
	while read -r si_1 si_rest; do
		case $si_1 in
		[0-9]*) si_lun=$si_1 ;;
		file=*) ! is_served "${si_1#file=}" || limit 10 ctladm remove -b block -l "$si_lun" >/dev/null 2>&1 || si_held=yes ;;
		esac
	done <<-EOF
		$(limit 10 ctladm devlist -v 2>/dev/null)
	EOF
	: "$si_rest"
	[ "$si_held" = no ] && ! is_running ctld
}

# is_served DEVICE: one of ours, on a resource or in a pool that moves.
is_served() {
	while read -r is_type is_target is_device is_rest; do
		[ "$is_type:$is_device" = "iscsi:$1" ] && return 0
	done <<-EOF
		$services
	EOF
	: "$is_target" "$is_rest"
	return 1
}

# ---- Samba. It makes no directories but its last ones.

prepare_samba() {
	limit 5 mkdir -p -m 0755 "$samba_directory" "$samba_directory/state" "$db/samba/lock" "$db/samba/cache" &&
		limit 5 mkdir -p -m 0700 "$samba_directory/private"
}
