import type { LabClock } from '../types.js';
import { parseDuration } from './internal.js';
import type { Answer, StubCall } from './slots.js';

/** timeout(1), which has to be the parent of what it limits: the stub that was run for it goes on as timeout. */
interface Limit {
  signal: string;
  ms: number;
  /** Until SIGKILL, from then on. */
  killMs: number | undefined;
  preserve: boolean;
  /** Words before the command. */
  words: number;
}

const USAGE =
  'usage: timeout [--signal sig | -s sig] [--preserve-status] [--kill-after time | -k time] [--foreground] <duration> <command> <arg ...>\n';

const bad = (stderr: string): Answer => ({ code: 125, stdout: '', stderr });

/** Reads the words; an answer instead when they are wrong. */
function parse(args: readonly string[]): Limit | Answer {
  const given: { signal?: string; after?: string; preserve?: true } = {};
  let at = 0;
  for (; args[at]?.startsWith('-'); at++) {
    const word = args[at] ?? '';
    const [, name = '', joined] = /^(-[sk]|--signal|--kill-after)=?(.+)?$/s.exec(word) ?? [];
    if (word === '--') {
      at++;
      break;
    }
    if (word === '--preserve-status') given.preserve = true;
    else if (name !== '') {
      const value = joined ?? args[++at];
      if (value === undefined) return bad(USAGE);
      given[name === '-s' || name === '--signal' ? 'signal' : 'after'] = value;
    } else if (word !== '--foreground') return bad(USAGE);
  }
  const [duration, command] = args.slice(at);
  if (duration === undefined || command === undefined) return bad(USAGE);
  try {
    return {
      signal: (given.signal ?? 'TERM').replace(/^SIG/, ''),
      ms: parseDuration(duration),
      killMs: given.after === undefined ? undefined : parseDuration(given.after),
      preserve: given.preserve === true,
      words: at + 1,
    };
  } catch {
    return bad('timeout: invalid duration\n');
  }
}

/** USR1 tells the shell that the time is over. The lab's own descriptor 9 stays open: it shows that the call lives. */
const script = ({ words, preserve }: Limit): string => `shift ${words}
command -v -- "$1" >/dev/null 2>&1 || { echo "timeout: exec($1): No such file or directory" >&2; exit 127; }
timed=
trap timed=1 USR1
exec 3<&0
"$@" <&3 3<&- 8<&- 9>&- &
child=$!
exec 3<&-
for name in TERM INT HUP QUIT; do trap "kill -s $name $child 2>/dev/null" $name; done
while :; do
  # sh would tell of a job that a signal ended; timeout(1) does not.
  wait "$child" 2>/dev/null
  code=$?
  kill -0 "$child" 2>/dev/null || break
done
${preserve ? ':' : '[ -z "$timed" ] || code=124'}
exit "$code"
`;

export interface Limiter {
  clock: LabClock;
  /** Signals the process itself, or everything below it. */
  signal(pid: number, signal: string, who: 'itself' | 'below'): void;
}

/** Answers a call of timeout(1) and keeps its time; the call's end cancels that. */
export function limit(call: StubCall, { clock, signal }: Limiter): Answer {
  const plan = parse(call.args);
  if (!('words' in plan)) return plan;
  const ring = async () => {
    await clock.sleep(plan.ms, call.signal);
    signal(call.pid, 'USR1', 'itself');
    signal(call.pid, plan.signal, 'below');
    if (plan.killMs === undefined) return;
    await clock.sleep(plan.killMs, call.signal);
    signal(call.pid, 'KILL', 'below');
  };
  // A limit of 0 means none (timeout(1)).
  if (plan.ms > 0) ring().catch(() => undefined);
  return { script: script(plan) };
}
