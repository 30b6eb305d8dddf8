/** What differs from run to run, by what it is; the first that fits. */
const RULES: readonly (readonly [RegExp, string])[] = [
  // A shell's notice of a job that a signal ended comes when it comes.
  [/^(?:Terminated|Killed)\n/gm, ''],
  [/\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} +\d+ \d\d:\d\d:\d\d(?: [A-Z]{3})? \d{4}\b/g, 'DATE'],
  [/\b[A-Z][a-z]{2} +\d+ \d\d:\d\d:\d\d\b/g, 'DATE'],
  [/\bsec = \d+, usec = \d+/g, 'sec = SECONDS, usec = MICROSECONDS'],
  [/\bpid[= :]+\d+/g, 'pid PID'],
  [/\[\d+\]/g, '[PID]'],
  [/\b\d+\.\d\d real +\d+\.\d\d user +\d+\.\d\d sys/g, 'N real N user N sys'],
  [/\btime=\d+\.\d+ ms/g, 'time=N ms'],
  [/\b\d+\.\d+\/\d+\.\d+\/\d+\.\d+\/\d+\.\d+ ms/g, 'N/N/N/N ms'],
  [/^(\s*(?:resuid|workerpid): )\d+/gm, '$1N'],
  [/\b1[67]\d{8}\b/g, 'EPOCH'],
];

/** The same text without what no two runs share: dates, process ids, times. */
export function normalise(text: string): string {
  return RULES.reduce((result, [pattern, word]) => result.replace(pattern, word), text);
}
