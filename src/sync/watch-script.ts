/** Seconds after which an unanswered hastctl is given up; a worker that is busy connecting answers late. */
export const HASTCTL_LIMIT_SECONDS = 10;

export interface WatchScriptOptions {
  /** Marks the script's own lines; letters and digits only. */
  nonce: string;
  /** Seconds between two looks. */
  intervalSeconds: number;
  /** Looks after which the script ends by itself. */
  polls: number;
}

/**
 * A script that looks at hastd again and again and prints each look between two marker lines:
 * `NONCE begin`, hastctl's output, `NONCE end EXIT EPOCH` (after a line feed of its own: output may end without).
 *
 * It changes nothing. It ends after `polls` looks, or at its next line once nobody reads it any more.
 * hastctl runs under timeout(1) where there is one (10.3 and later); before 9.2 `list` is a usage error (64)
 * and `status` has the long form.
 */
export function watchScript(options: WatchScriptOptions): string {
  const { nonce, intervalSeconds, polls } = options;
  if (!/^[A-Za-z0-9]+$/.test(nonce)) throw new Error('nonce must be letters and digits');
  return `limit=
if command -v timeout >/dev/null 2>&1; then
	limit='timeout -k 2 ${HASTCTL_LIMIT_SECONDS}'
fi
verb=list
looks=0
while [ "$looks" -lt ${Math.max(1, Math.floor(polls))} ]; do
	looks=$((looks + 1))
	printf '%s\\n' '${nonce} begin' || exit 0
	$limit hastctl "$verb" 2>&1
	code=$?
	if [ "$code" -eq 64 ] && [ "$verb" = list ]; then
		verb=status
		$limit hastctl "$verb" 2>&1
		code=$?
	fi
	printf '\\n%s\\n' "${nonce} end $code $(date +%s)" || exit 0
	sleep ${Number(intervalSeconds.toFixed(2))} || exit 0
done
exit 0
`;
}
