/** Calls of simulated programs that one node can have open at the same time. */
export const SLOTS = 64;

/**
 * Stands in for every simulated program: hands pid, arguments and environment to the lab through a FIFO,
 * waits for the answer in another one and acts it out. Built-ins only: a call costs one exec of sh.
 * The open FIFO (descriptor 9) tells the lab when the process dies.
 */
export const STUB = `#!/bin/sh
_lab_n=$(($$ % ${SLOTS})) _lab_t=0
set -C
until true 2>/dev/null >/.lab/l/$_lab_n; do
  _lab_n=$(((_lab_n + 1) % ${SLOTS})) _lab_t=$((_lab_t + 1))
  [ $((_lab_t % ${SLOTS})) -ne 0 ] || /.lab/bin/sleep 0.01
done
exec 9>/.lab/s/$_lab_n/q 8</.lab/s/$_lab_n/r
printf '%s\\000' "$$" "$PPID" "$0" "$PWD" "$#" "$@" >&9
export -p >&9
printf '\\000' >&9
while read -r _lab_r <&8; do
  case $_lab_r in
    stdin) /bin/cat >|/.lab/s/$_lab_n/in 9>&- 8<&-; printf . >&9 ;;
    talk)
      exec 3<&0
      /bin/cat <&3 3<&- >|/.lab/s/$_lab_n/up 9>&- 8<&- & _lab_c=$!
      /bin/cat 3<&- </.lab/s/$_lab_n/down 9>&- 8<&- & _lab_c="$_lab_c $!"
      exec 3<&-
      trap 'kill $_lab_c 2>/dev/null' EXIT
      trap 'exit 143' TERM HUP INT ;;
    *) . /.lab/s/$_lab_n/out ;;
  esac
done
exit 125
`;

/** Output up to this many bytes is printed by the stub itself, more (or with NULs) by cat from a file. */
const INLINE_LIMIT = 32_768;

/** What the stub is to print to one descriptor: shell text, and a side file when it is too much for that. */
export interface Relay {
  script: string;
  file?: Buffer;
}

/** Shell text that prints exactly `bytes`. */
export function relay(bytes: Buffer, redirect: '' | '>&2', sideFile: string): Relay {
  if (bytes.length === 0) return { script: '' };
  if (bytes.length > INLINE_LIMIT || bytes.includes(0)) {
    return { script: `/bin/cat ${sideFile} ${redirect} 9>&- 8<&-\n`, file: bytes };
  }
  const quoted = bytes.toString('latin1').replaceAll("'", "'\\''");
  return { script: `printf '%s' '${quoted}' ${redirect}\n` };
}
