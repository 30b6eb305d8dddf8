import { closeSync, openSync, readSync } from 'node:fs';
import { procText } from './proc.js';

/** Open files of one process below /proc. */
interface Opened {
  stat: number;
  sched: number;
  children: number;
  /** Changes whenever the process has run; as it was when it was last seen asleep. */
  mark: string;
}

const buffer = Buffer.allocUnsafeSlow(16_384);

/**
 * Trees of processes that are looked at thousands of times a minute: the files that tell of them stay open,
 * which makes a look several times cheaper. A file of a process that has ended tells nothing, also when
 * another process has its number by then.
 */
export class ProcessTree {
  readonly #opened = new Map<number, Opened>();

  /**
   * Whether any of the processes or their descendants runs (R), is in the middle of disk I/O (D), or has run while we
   * looked: a shell that waits for its child may go on just after its state was read, with the child gone. Then it
   * waits for a processor first, and nothing but its state tells.
   */
  computes(roots: readonly number[]): boolean {
    const seen = new Set<number>();
    if (!roots.every((pid) => this.#asleep(pid, seen))) return true;
    for (const pid of [...this.#opened.keys()]) if (!seen.has(pid)) this.#drop(pid);
    return [...this.#opened].some(
      ([pid, opened]) => isActive(stateOf(read(opened.stat))) || markOf(pid, opened) !== opened.mark,
    );
  }

  close(): void {
    for (const pid of [...this.#opened.keys()]) this.#drop(pid);
  }

  #asleep(pid: number, seen: Set<number>): boolean {
    const found = this.#look(pid);
    if (found === undefined) return true; // it has ended
    if (isActive(found.state)) return false;
    found.opened.mark = markOf(pid, found.opened);
    seen.add(pid);
    const children = read(found.opened.children).trim();
    return children === '' || children.split(' ').every((child) => this.#asleep(Number(child), seen));
  }

  #look(pid: number): { opened: Opened; state: string } | undefined {
    for (const again of [true, false]) {
      const opened = this.#opened.get(pid) ?? open(pid);
      if (opened === undefined) return undefined;
      this.#opened.set(pid, opened);
      const stat = read(opened.stat);
      if (stat !== '') return { opened, state: stateOf(stat) };
      this.#drop(pid);
      // Its number may belong to another one now.
      if (!again) return undefined;
    }
    return undefined;
  }

  #drop(pid: number): void {
    const opened = this.#opened.get(pid);
    this.#opened.delete(pid);
    for (const fd of [opened?.stat, opened?.sched, opened?.children])
      if (fd !== undefined && fd >= 0) closeSync(fd);
  }
}

/** The state's letter in /proc/PID/stat (proc(5)); the name before it may hold anything. */
function stateOf(stat: string): string {
  return stat.charAt(stat.lastIndexOf(')') + 2);
}

function isActive(state: string): boolean {
  return state === 'R' || state === 'D';
}

/** A kernel may lack the other two; -1 then. */
function open(pid: number): Opened | undefined {
  const stat = tryOpen(`/proc/${pid}/stat`);
  if (stat < 0) return undefined;
  const sched = tryOpen(`/proc/${pid}/schedstat`);
  return { stat, sched, children: tryOpen(`/proc/${pid}/task/${pid}/children`), mark: '' };
}

function tryOpen(path: string): number {
  try {
    return openSync(path, 'r');
  } catch {
    return -1;
  }
}

function read(fd: number): string {
  if (fd < 0) return '';
  try {
    return buffer.toString('latin1', 0, readSync(fd, buffer, 0, buffer.length, 0));
  } catch {
    return ''; // ESRCH: it ended meanwhile
  }
}

/** Time on a processor and turns there; a kernel that does not count those tells how often it has slept. */
function markOf(pid: number, { sched }: Opened): string {
  const text = read(sched);
  if (text !== '' && !text.startsWith('0 0 0')) return text;
  return /^voluntary_ctxt_switches:.*/m.exec(procText(pid, 'status'))?.[0] ?? '';
}
