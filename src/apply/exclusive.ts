/** lockf(1)'s exit code when the time is over and somebody else still has the lock. */
export const STILL_BUSY = 75;
const END = 'HASTCONF_END_OF_SCRIPT';

/**
 * The script as the only one on its node at a time: lockf(1) waits so many seconds, then exits 75. The lock goes
 * with the process that holds it, however that ends.
 */
export function exclusive(file: string, seconds: number, script: string): string {
  return `
lockf -k -s -t ${seconds} ${file} /bin/sh -s <<'${END}'
{
${script.trim()}
} </dev/null
${END}
`;
}
