import { writeFile } from 'node:fs/promises';
import { setPriority } from 'node:os';

const NICE = -10;

/**
 * Where root runs the lab, its machines come before other work: a guest that starves looks like one that hangs.
 * Linux shares the processor between sessions first (autogroup), and only then by the niceness inside of one.
 */
export async function goFirst(): Promise<void> {
  try {
    setPriority(NICE);
    await writeFile('/proc/self/autogroup', String(NICE));
  } catch {
    // Only root may; without it the machines are as everybody else.
  }
}
