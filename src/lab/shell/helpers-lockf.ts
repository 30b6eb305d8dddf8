/** lockf(1), with the words and codes of transcript 11. */
export const LOCKF = `#!/bin/sh
usage() {
  echo 'usage: lockf [-kns] [-t seconds] file command [arguments]' >&2
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
