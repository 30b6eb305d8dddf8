import { GNU_SCRIPTS } from './gnu.js';
import { DAEMON, SUPERVISE } from './helpers-daemon.js';
import { LOCKF } from './helpers-lockf.js';

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

/**
 * Scripts of every node by path; they go before a simulated program of the same name.
 *
 * FreeBSD programs that run other programs. They have to be real scripts: what they start are real
 * processes of the node. Their waiting is simulated time, through the stubs below /.lab/bin.
 * Behaviour and words as measured on 13.2 (transcript 11); what was not measured is marked.
 */
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
  ...GNU_SCRIPTS,
};
