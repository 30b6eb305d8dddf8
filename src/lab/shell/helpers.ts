/**
 * FreeBSD programs that run other programs. They have to be real scripts: what they start are real
 * processes of the node. Their waiting is simulated time, through the stubs below /.lab/bin.
 * Behaviour and words as measured on 13.2 (transcript 11); what was not measured is marked.
 */
const LOCKF = `#!/bin/sh
usage() {
  echo 'usage: lockf [-knsw] [-t seconds] file command [arguments]' >&2
  exit 64
}
keep= silent= nocreate= limit=
while getopts knswt: option; do
  case $option in
    k) keep=1 ;;
    n) nocreate=1 ;;
    s) silent=1 ;;
    t) limit=$OPTARG ;;
    w) ;;
    *) usage ;;
  esac
done
shift $((OPTIND - 1))
[ $# -ge 2 ] || usage
case $limit in *[!0-9]*) echo "lockf: invalid timeout \\"$limit\\"" >&2; exit 64 ;; esac
file=$1
shift
if [ -n "$nocreate" ] && [ ! -e "$file" ]; then
  [ -n "$silent" ] || echo "lockf: cannot open $file: No such file or directory" >&2
  exit 69
fi
if ! true 2>/dev/null 7>>"$file"; then
  echo "lockf: cannot open $file: $([ -d "$file" ] && echo 'Is a directory' || echo 'No such file or directory')" >&2
  exit 73
fi
# Not 8 and 9: the stubs use those themselves.
exec 7>>"$file"
if [ -z "$limit" ]; then
  /.lab/bin/flock 7
elif ! /.lab/bin/flock -n 7; then
  if [ "$limit" = 0 ] || ! /bin/timeout "$limit" /.lab/bin/flock 7; then
    [ -n "$silent" ] || echo "lockf: $file: already locked" >&2
    exit 75
  fi
fi
if command -v -- "$1" >/dev/null 2>&1; then
  "$@" 7>&-
  code=$?
  # A command that a signal ended: EX_SOFTWARE.
  [ "$code" -le 128 ] || code=70
else
  echo "lockf: $1: No such file or directory" >&2
  code=1
fi
[ -n "$keep" ] || /bin/rm -f "$file"
exit "$code"
`;

const DAEMON = `#!/bin/sh
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
const SUPERVISE = `childfile=$1 superfile=$2 restart=$3
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

const NOHUP = `#!/bin/sh
[ $# -ge 1 ] || { echo 'usage: nohup [--] utility [arguments]' >&2; exit 127; }
[ "$1" != -- ] || shift
command -v -- "$1" >/dev/null 2>&1 || { echo "nohup: $1: No such file or directory" >&2; exit 127; }
trap '' HUP QUIT
exec "$@"
`;

const TIME = `#!/bin/sh
case \${1-} in
  -*) echo "lab: not modelled: time $1" >&2; exit 127 ;;
  '') echo 'usage: time [-al] [-h | -p] [-o file] utility [argument ...]' >&2; exit 1 ;;
esac
begin=$(/.lab/bin/simnow)
"$@"
code=$?
ms=$(($(/.lab/bin/simnow) - begin))
printf '%9d.%02d real %9d.%02d user %9d.%02d sys\\n' $((ms / 1000)) $((ms % 1000 / 10)) 0 0 0 0 >&2
exit "$code"
`;

const PWAIT = `#!/bin/sh
limit=
while getopts ot:v option; do
  case $option in
    t) limit=$OPTARG ;;
    '?') exit 64 ;;
    *) echo "lab: not modelled: pwait -$option" >&2; exit 127 ;;
  esac
done
shift $((OPTIND - 1))
[ $# -ge 1 ] || { echo 'usage: pwait [-t timeout] [-ov] pid ...' >&2; exit 64; }
[ -z "$limit" ] || exec /bin/timeout "$limit" /bin/pwait "$@"
for pid in "$@"; do
  kill -0 "$pid" 2>/dev/null || echo "pwait: $pid: No such process" >&2
  while kill -0 "$pid" 2>/dev/null; do /.lab/bin/simsleep 0.1; done
done
`;

const JOT = `#!/bin/sh
separator='
'
while getopts s: option; do
  case $option in
    s) separator=$OPTARG ;;
    *) echo 'lab: not modelled: jot' >&2; exit 127 ;;
  esac
done
shift $((OPTIND - 1))
case "$*" in *[!0-9\\ ]* | '' | *\\ *\\ *) echo "lab: not modelled: jot $*" >&2; exit 127 ;; esac
n=0
while [ "$n" -lt "$1" ]; do
  [ "$n" -eq 0 ] || printf %s "$separator"
  printf %s $((\${2:-1} + n))
  n=$((n + 1))
done
echo
`;

const WHICH = `#!/bin/sh
code=0 all= silent=
while getopts as option; do
  case $option in
    a) all=1 ;;
    s) silent=1 ;;
    *) exit 1 ;;
  esac
done
shift $((OPTIND - 1))
IFS=:
for name in "$@"; do
  found=
  for directory in $PATH; do
    [ -f "$directory/$name" ] && [ -x "$directory/$name" ] || continue
    found=1
    [ -n "$silent" ] || printf '%s\\n' "$directory/$name"
    [ -n "$all" ] || break
  done
  [ -n "$found" ] || code=1
done
exit "$code"
`;

/** Scripts of every node by path; they go before a simulated program of the same name. */
export const HELPER_SCRIPTS: Readonly<Record<string, string>> = {
  '/.lab/supervise': SUPERVISE,
  '/bin/kill': '#!/bin/sh\nkill "$@"\n',
  '/bin/pwait': PWAIT,
  '/usr/bin/jot': JOT,
  '/usr/bin/lockf': LOCKF,
  '/usr/bin/nohup': NOHUP,
  '/usr/bin/time': TIME,
  '/usr/bin/which': WHICH,
  '/usr/sbin/daemon': DAEMON,
};
