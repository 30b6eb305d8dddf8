/** What one command of the facts script said. */
export interface Frame {
  /** Byte for byte, also without a trailing newline. */
  stdout: string;
  stderr: string;
  /** Exit code; undefined when the command gave no answer in its time. 127: no such program. */
  code: number | undefined;
}

/** Frames by id, for example `file.3.text`. */
export type Frames = ReadonlyMap<string, Frame>;

export interface Transcript {
  frames: Frames;
  /** The script ran to its end; otherwise a missing frame says nothing about the node. */
  complete: boolean;
}

/** `timeout` ended the command (timeout(1)). */
const TIMED_OUT = 124;

const SILENT: Frame = { stdout: '', stderr: '', code: undefined };

/**
 * Shell functions that every facts script starts with.
 *
 * - `frame ID COMMAND…` runs a command (or function) and prints its stdout, then its stderr, then its exit code,
 *   between markers that only this run knows. Both outputs share one stream, so nothing is lost when the way to
 *   the node (su on a terminal) merges them.
 * - `bounded SECONDS PROGRAM…` is timeout(1) where there is one (FreeBSD 10.3).
 * - `limited SECONDS COMMAND…` gives up on a group of frames. timeout(1) is not enough: it waits for its child,
 *   and a child that reads a hung device sits in the kernel where no signal reaches it. Here such a child is
 *   left behind with a pipe that nobody reads, and does not keep the channel open. The reader of the pipe is
 *   a job of its own because `wait` waits for a whole pipeline; `exec` redirects because sh keeps a copy of
 *   what it redirects for a function, and that copy would hold the channel.
 */
export function prelude(nonce: string): string {
  if (!/^[A-Za-z0-9]+$/.test(nonce)) throw new TypeError('a nonce is letters and digits');
  return `# shellcheck disable=SC2016,SC2317 # values are literal; functions are called by name
LC_ALL=C
LANG=C
export LC_ALL LANG
nonce=${nonce}
frame() {
  frame_id=$1
  shift
  printf '%s begin %s\\n' "$nonce" "$frame_id"
  { words=$("$@" 2>&1 >&3 3>&- </dev/null); code=$?; } 3>&1
  printf '\\n%s stderr\\n%s\\n%s end %s\\n' "$nonce" "$words" "$nonce" "$code"
}
if command -v timeout >/dev/null 2>&1; then
  bounded() { timeout -k 1 "$@"; }
else
  bounded() {
    shift
    "$@"
  }
fi
limited() {
  limit=$1
  shift
  (
    exec 2>/dev/null </dev/null
    "$@" &
  ) | {
    cat <&6 &
    reader=$!
    (
      trap 'kill "$nap"; exit 0' TERM
      sleep "$limit" &
      nap=$!
      wait "$nap"
      kill "$reader"
    ) >/dev/null 2>&1 </dev/null &
    timer=$!
    wait "$reader" 2>/dev/null
    kill "$timer" 2>/dev/null
  } 6<&0
}
`;
}

/** The line that ends a script which ran to its end. */
export const DONE = `printf '%s done\\n' "$nonce"\n`;

/**
 * Takes a script's stdout apart. What stands before, between and after the frames is ignored. A frame that was
 * given up keeps what it had printed by then.
 */
export function parseFrames(stdout: string, nonce: string): Transcript {
  const end = `\n${nonce}`;
  const marker = new RegExp(
    `${nonce} begin ([\\w.-]+)\n|${end} (stderr)\n|${end} end (\\d+)\n|${nonce} (done)\n`,
    'g',
  );
  const frames = new Map<string, Frame>();
  let complete = false;
  let open: { id: string; from: number; stdout?: string } | undefined;
  const giveUp = (at: number): void => {
    if (open) frames.set(open.id, { ...SILENT, stdout: open.stdout ?? stdout.slice(open.from, at) });
    open = undefined;
  };
  for (const match of stdout.matchAll(marker)) {
    const [whole, id, stderr, code, done] = match;
    const next = match.index + whole.length;
    if (id !== undefined) {
      giveUp(match.index);
      open = { id, from: next };
    } else if (stderr !== undefined && open) {
      open = { ...open, stdout: stdout.slice(open.from, match.index), from: next };
    } else if (code !== undefined && open?.stdout !== undefined) {
      const words = stdout.slice(open.from, match.index);
      frames.set(open.id, { stdout: open.stdout, stderr: words, code: Number(code) });
      open = undefined;
    } else if (done !== undefined) {
      complete = true;
    }
  }
  giveUp(stdout.length);
  return { frames, complete };
}

/** The frame, or one without an answer when it is missing. */
export function frameOf(frames: Frames, id: string): Frame {
  return frames.get(id) ?? SILENT;
}

/** stdout of a command that succeeded, without its last newline; undefined otherwise. */
export function textOf(frames: Frames, id: string): string | undefined {
  const frame = frameOf(frames, id);
  return frame.code === 0 ? frame.stdout.replace(/\n$/, '') : undefined;
}

/** Why a frame has no answer, in the node's own words; undefined when it has one. */
export function failureOf(frame: Frame): string | undefined {
  if (frame.code === 0) return undefined;
  if (frame.code === undefined || frame.code === TIMED_OUT) return 'no answer in time';
  return frame.stderr.trim() || `exit ${frame.code}`;
}
