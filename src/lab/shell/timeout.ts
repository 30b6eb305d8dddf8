import type { LabClock } from '../types.js';
import { parseDuration } from './internal.js';
import type { Answer, StubCall } from './slots.js';

/**
 * timeout(1), which has to be the parent of what it limits: the stub that was run for it goes on as timeout.
 * FreeBSD's makes itself a reaper (bin/timeout/timeout.c): without --foreground it waits for every descendant, also
 * for a daemon in a session of its own, and its signals go to all of them.
 */
interface Limit {
  signal: string;
  ms: number;
  /** Until SIGKILL, from then on. */
  killMs: number | undefined;
  preserve: boolean;
  foreground: boolean;
  /** Words before the command. */
  words: number;
}

const USAGE =
  'Usage: timeout [--signal sig | -s sig] [--preserve-status] [--kill-after time | -k time] [--foreground] <duration> <command> <arg ...>\n';

const bad = (stderr: string): Answer => ({ code: 125, stdout: '', stderr });
const misused = (stderr: string): Answer => ({ code: 64, stdout: '', stderr: stderr + USAGE });

/** Reads the words; an answer instead when they are wrong. */
function parse(args: readonly string[]): Limit | Answer {
  const given: { signal?: string; after?: string; preserve?: true; foreground?: true } = {};
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
      if (value === undefined) return misused('');
      given[name === '-s' || name === '--signal' ? 'signal' : 'after'] = value;
    } else if (word === '--foreground') given.foreground = true;
    else if (word.startsWith('--')) return misused(`timeout: unrecognized option \`${word}'\n`);
    else return misused(`timeout: invalid option -- ${word.charAt(1)}\n`);
  }
  const [duration, command] = args.slice(at);
  if (duration === undefined || command === undefined) return misused('');
  try {
    return {
      signal: (given.signal ?? 'TERM').replace(/^SIG/, ''),
      ms: parseDuration(duration),
      killMs: given.after === undefined ? undefined : parseDuration(given.after),
      preserve: given.preserve === true,
      foreground: given.foreground === true,
      words: at + 1,
    };
  } catch {
    return bad('timeout: invalid duration\n');
  }
}

/**
 * USR1 tells the shell that the time is over. After a signal timeout waits for its child alone, unless a second one is
 * to follow. The lab's own descriptor 9 stays open: it shows that the call lives.
 */
const script = ({ words, preserve, foreground, killMs }: Limit): string => `shift ${words}
command -v -- "$1" >/dev/null 2>&1 || { echo "timeout: exec($1): No such file or directory" >&2; exit 127; }
timed= enough=
trap 'timed=1 enough=${killMs === undefined ? '1' : ''}' USR1
${foreground ? '' : 'LAB_REAPER=${LAB_REAPER:-/}$$/ && export LAB_REAPER'}
exec 3<&0
"$@" <&3 3<&- 8<&- 9>&- &
child=$!
exec 3<&-
for name in TERM INT HUP QUIT; do
  trap "enough=${killMs === undefined ? '1' : ''}; ${foreground ? 'kill -s $name $child' : '/.lab/bin/simreap signal $$ $name'} 2>/dev/null" $name
done
while :; do
  # sh would tell of a job that a signal ended; timeout(1) does not.
  wait "$child" 2>/dev/null
  code=$?
  kill -0 "$child" 2>/dev/null || break
done
unset LAB_REAPER
${foreground ? ':' : 'until [ -n "$enough" ] || /.lab/bin/simreap wait $$; do :; done'}
${preserve ? ':' : '[ -z "$timed" ] || code=124'}
exit "$code"
`;

export interface Limiter {
  clock: LabClock;
  /** Signals the process itself, or everything below it. */
  signal(pid: number, signal: string, who: 'itself' | 'below'): void;
  /** Signals everything that this timeout has below it, daemons as well. */
  signalReaped(reaper: number, signal: string): void;
  /** Nothing is left below it. */
  isReaped(reaper: number): boolean;
}

/** Between two looks for descendants of a timeout, simulated. */
const REAP_MS = 200;

/** `simreap wait PID`: 0 when nothing is left below that timeout, 1 when its time may be over; `signal PID NAME`. */
export async function reap(call: StubCall, { clock, signalReaped, isReaped }: Limiter): Promise<Answer> {
  const [verb, pid = '', signal = ''] = call.args;
  const nothing = { code: 0, stdout: '', stderr: '' };
  if (verb === 'signal') signalReaped(Number(pid), signal);
  else if (!isReaped(Number(pid))) {
    await clock.sleep(REAP_MS, call.signal);
    return { ...nothing, code: 1 };
  }
  return nothing;
}

/** Answers a call of timeout(1) and keeps its time; the call's end cancels that. */
export function limit(call: StubCall, { clock, signal, signalReaped }: Limiter): Answer {
  const plan = parse(call.args);
  if (!('words' in plan)) return plan;
  const strike = (name: string) => {
    if (plan.foreground) signal(call.pid, name, 'below');
    else signalReaped(call.pid, name);
  };
  const ring = async () => {
    await clock.sleep(plan.ms, call.signal);
    signal(call.pid, 'USR1', 'itself');
    strike(plan.signal);
    if (plan.killMs === undefined) return;
    await clock.sleep(plan.killMs, call.signal);
    strike('KILL');
  };
  // A limit of 0 means none (timeout(1)).
  if (plan.ms > 0) ring().catch(() => undefined);
  return { script: script(plan) };
}
