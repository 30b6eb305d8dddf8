/** daemon(8): starts a program in a session of its own, with or without pid files. */
export const DAEMON = `#!/bin/sh
usage() {
  echo 'usage: daemon [-cfrS] [-p child_pidfile] [-P supervisor_pidfile] [-u user] [-o output_file] [-t title] command arguments ...' >&2
  exit 1
}
null= root= childfile= superfile= restart= output=
while getopts cfrSp:P:u:o:t:R:T:l:s:m:H option; do
  case $option in
    c) root=1 ;;
    f) null=1 ;;
    r) restart=\${restart:-1} ;;
    R) restart=$OPTARG ;;
    p) childfile=$OPTARG ;;
    P) superfile=$OPTARG ;;
    o) output=$OPTARG ;;
    t) ;;
    u) [ "$OPTARG" = root ] || { echo "lab: not modelled: daemon -u $OPTARG" >&2; exit 127; } ;;
    '?') usage ;;
    *) echo "lab: not modelled: daemon -$option" >&2; exit 127 ;;
  esac
done
shift $((OPTIND - 1))
[ $# -ge 1 ] || usage
claim() {
  true 2>/dev/null 9>>"$1" || { echo "daemon: pidfile \\\`\\\`$1'': No such file or directory" >&2; exit 2; }
}
if [ -n "$childfile" ]; then
  claim "$childfile"
  exec 9>>"$childfile"
  /.lab/bin/flock -n 9 || { echo "daemon: process already running, pid: $(/bin/cat "$childfile")" >&2; exit 3; }
fi
if [ -n "$superfile" ]; then
  claim "$superfile"
  exec 6>>"$superfile"
  /.lab/bin/flock -n 6 || { echo "daemon: process already running, pid: $(/bin/cat "$superfile")" >&2; exit 3; }
fi
[ -z "$root" ] || cd /
if [ -n "$output" ]; then exec 7>>"$output" 5>&7; else exec 7>&1 5>&2; fi
if [ -n "$null" ]; then
  exec 8</dev/null
  [ -n "$output" ] || exec 5>/dev/null 7>/dev/null
else
  exec 8<&0
fi
if [ -z "$childfile$superfile$restart$output" ]; then
  # The substitution ends when the program runs: setsid keeps its pipe no longer than until exec.
  /.lab/bin/setsid "$@" <&8 >&7 2>&5 5>&- 7>&- 8<&- &
  exit 0
fi
# Ends when the supervisor has written the pid files and let go of the pipe.
: "$(/.lab/bin/setsid /bin/sh /.lab/supervise "$childfile" "$superfile" "$restart" "$@" 2>&5 &)"
`;

/** The part of daemon(8) that stays: keeps the pid files locked, restarts, passes TERM on. */
export const SUPERVISE = `childfile=$1 superfile=$2 restart=$3
shift 3
stop=
trap 'stop=1; kill -TERM "$child" 2>/dev/null' TERM
[ -z "$superfile" ] || printf %s "$$" >"$superfile"
while :; do
  "$@" <&8 >&7 2>&5 5>&- 6>&- 7>&- 8<&- 9>&- &
  child=$!
  [ -z "$childfile" ] || printf %s "$child" >"$childfile"
  exec >/dev/null
  while :; do
    wait "$child"
    kill -0 "$child" 2>/dev/null || break
  done
  if [ -n "$stop" ] || [ -z "$restart" ]; then break; fi
  /.lab/bin/simsleep "$restart"
done
/bin/rm -f $childfile $superfile
`;
