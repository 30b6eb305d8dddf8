/** Ways for a user who is not root to become root in a lab node, and what they ask. */
export interface BecomeSettings {
  tools: readonly ('sudo' | 'doas' | 'su')[];
  /** Asked for by each of them; without it sudo and doas do not ask, and su refuses. */
  password?: string;
}

/** Becomes root for good; $LAB_USER says whose session this is. */
const ROOT = `unset LAB_USER LAB_WORD
HOME=/root USER=root LOGNAME=root
export HOME USER LOGNAME
`;

const SUDO = `#!/bin/sh
stdin= never= prompt='Password:'
while :; do
  case \${1-} in
    -n) never=1; shift ;;
    -S) stdin=1; shift ;;
    -k | -H) shift ;;
    -p) prompt=$2; shift 2 ;;
    --) shift; break ;;
    -*) echo "lab: not modelled: sudo $1" >&2; exit 127 ;;
    *) break ;;
  esac
done
if [ -n "\${LAB_USER-}" ] && ! /.lab/bin/simauth sudo; then
  [ -z "$never" ] || { echo 'sudo: a password is required' >&2; exit 1; }
  [ -n "$stdin" ] || { echo 'sudo: a terminal is required to read the password' >&2; exit 1; }
  tries=1
  while :; do
    printf %s "$prompt" >&2
    IFS= read -r LAB_WORD || { echo 'sudo: no password was provided' >&2; exit 1; }
    export LAB_WORD
    ! /.lab/bin/simauth sudo || break
    [ "$tries" -lt 3 ] || { echo 'sudo: 3 incorrect password attempts' >&2; exit 1; }
    echo 'Sorry, try again.' >&2
    tries=$((tries + 1))
  done
fi
${ROOT}exec "$@"
`;

const DOAS = `#!/bin/sh
never=
while :; do
  case \${1-} in
    -n) never=1; shift ;;
    --) shift; break ;;
    -*) echo "lab: not modelled: doas $1" >&2; exit 127 ;;
    *) break ;;
  esac
done
if [ -n "\${LAB_USER-}" ] && ! /.lab/bin/simauth doas; then
  [ -z "$never" ] || { echo 'doas: Authentication required' >&2; exit 1; }
  [ -n "\${LAB_TTY-}" ] || { echo 'doas: a tty is required' >&2; exit 1; }
  printf %s "doas ($LAB_USER@$(hostname)) password: "
  IFS= read -r LAB_WORD
  export LAB_WORD
  echo
  /.lab/bin/simauth doas || { echo 'doas: Authentication failed'; exit 1; }
fi
${ROOT}exec "$@"
`;

/** su(1) hands the command to root's login shell. */
const SU = `#!/bin/sh
[ "\${1-}" = - ] && shift
[ "\${1-}" = root ] && shift
if [ "\${1-}" != -c ] || [ $# -ne 2 ]; then
  echo "lab: not modelled: su $*" >&2
  exit 127
fi
if [ -n "\${LAB_USER-}" ]; then
  [ -n "\${LAB_TTY-}" ] || { echo 'su: Sorry' >&2; exit 1; }
  printf %s 'Password:'
  IFS= read -r LAB_WORD
  export LAB_WORD
  echo
  /.lab/bin/simauth su || { echo 'su: Sorry'; exit 1; }
fi
${ROOT}script=$(/.lab/bin/simcsh "$2")
cd
exec /bin/sh -c "$script"
`;

/** The pseudo-terminal of a lab session is a pair of pipes, which is raw and without echo from the start. */
const STTY = `#!/bin/sh
[ -n "\${LAB_TTY-}" ] || { echo "stty: stdin isn't a terminal" >&2; exit 1; }
[ "$*" = 'raw -echo' ] || { echo "lab: not modelled: stty $*" >&2; exit 127; }
`;

/** Scripts by path; sudo and doas are ports, su is in the base system. */
export const BECOME_SCRIPTS: Readonly<Record<'sudo' | 'doas' | 'su' | 'stty', [string, string]>> = {
  sudo: ['/usr/local/bin/sudo', SUDO],
  doas: ['/usr/local/bin/doas', DOAS],
  su: ['/usr/bin/su', SU],
  stty: ['/bin/stty', STTY],
};

/** Whether the user may become root by this tool: with the word given, or without being asked. */
export function mayBecome(
  settings: BecomeSettings | undefined,
  tool: string,
  word: string | undefined,
): boolean {
  if (!settings?.tools.some((one) => one === tool)) return false;
  if (settings.password === undefined) return tool !== 'su';
  return word === settings.password;
}

/** Programs that answer anyone; everything else of the model is root's, and not modelled for others. */
export const FOR_ANYONE: ReadonlySet<string> = new Set([
  'date',
  'hostname',
  'id',
  'sleep',
  'stat',
  'sysctl',
  'uname',
]);
