#!/bin/sh
#
# carp-hast-switch: keeps HAST roles, storage, services and the CARP address of one node together.
#
# Events only wake it. One reconciler at a time (lockf) reads CARP, HAST, the mounts and its own
# record, asks the other node where that matters, decides (decide, a pure function), acts, and looks
# again until nothing changes.
#
#   master | slave | event SUBSYSTEM TYPE     wake-ups from devd
#   hook EVENT RES ... | EVENT RES ...        wake-ups from hastd (hast.conf "exec")
#   reconcile                                 look and act once (timer, operator)
#   status [--json | --metrics]               what this node sees of itself; changes nothing
#   promote [--force] | demote                planned moves; --force overrules a copy that is not fresh
#   maintenance on [SECONDS] | off            no fail-over by or to this node meanwhile
#   peer VERB                                 what the other node may ask for (forced ssh command)
#   start | stop                              rc.d and managers; stop hands the storage over
#
# Exit status: 0 done; 1 failed or refused (the reason is printed); 2 wrong usage; 3 status: not serving
# and not ready to (managers read it as "stopped").
#
# Base system only. Secrets: none; the CARP password stays with ifconfig.

version=1
PATH=/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin
LC_ALL=C
export PATH LC_ALL
umask 022
set -f

self=/usr/local/sbin/carp-hast-switch
etc=/usr/local/etc/hastconf
db=/var/db/hastconf
run=/var/run/hastconf
pidfile=/var/run/carp_hast.pid
dev=/dev/hast
# Before the rest of this file is read: a primary that has lost its secondary acknowledges nothing alone; see lost_secondary.
case ${1:-}:${2:-} in
disconnect:*[!A-Za-z0-9._-]*) ;;
disconnect:?*)
	if [ -e "$run/attached" ]; then
		printf 0 >"$run/halted.$2"
		pkill -STOP -f "^hastd: $2 \\(primary\\)"
	fi 2>/dev/null
	;;
esac
nl='
'
tab='	'
