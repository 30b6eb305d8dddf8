import { closeSync, openSync, readSync } from 'node:fs';

/** Reused: this is read thousands of times a minute. proc(5) gives more than this only of what nobody asks here. */
const buffer = Buffer.allocUnsafeSlow(16_384);

/** Text of a file below /proc/PID on the host; empty once the process is gone. */
export function procText(pid: number, name: string): string {
  let fd: number | undefined;
  try {
    fd = openSync(`/proc/${pid}/${name}`, 'r');
    return buffer.toString('latin1', 0, readSync(fd, buffer, 0, buffer.length, 0));
  } catch {
    return '';
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Children of a process on the host; empty where the kernel does not list them. */
export function childrenOf(pid: number): number[] {
  const text = procText(pid, `task/${pid}/children`);
  return text === '' ? [] : text.trim().split(' ').map(Number);
}

/** Sends a signal on the host, to a group when the number is negative; whether somebody was there. */
export function send(pid: number, signal: NodeJS.Signals | number): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
