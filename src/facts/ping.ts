import { isIPv6 } from 'node:net';
import { quoteWord } from '../remote/words.js';
import { record } from './record.js';
import type { FactsRequest } from './types.js';

/**
 * Pings every address at once and writes `INDEX EXIT` for each to descriptor 5. It runs beside the rest of the
 * script, which reads the answers from descriptor 4 at its end: waiting for the dead costs no extra time. One
 * lost packet proves nothing, and a healthy link to a busy machine may be slow: several go out within five seconds, and
 * the first answer ends it (-o). ping6 has neither -o nor -t on all releases, hence `bounded`.
 */
export function pingBody(request: FactsRequest): string {
  const pings = request.ping.map((address, index) => `  ask ${index} ${pingWords(address)} &\n`);
  return `ping_six() { bounded 5 ping6 -q -c1 "$1" || bounded 4 ping6 -q -c1 "$1"; }
ask() {
  index=$1
  shift
  "$@"
  echo "$index $?" >&5
}
pings() {
${pings.join('')}  wait
}
ping_answers() { cat <&4; }
ping_frame() { frame ping ping_answers; }
`;
}

function pingWords(address: string): string {
  const word = quoteWord(address);
  return isIPv6(address) ? `ping_six ${word}` : `ping -q -o -c5 -i 0.5 -t5 ${word}`;
}

/** Address -> answered. An address without a line did not answer. */
export function parsePing(text: string, request: FactsRequest): Record<string, boolean> {
  const answered = new Set(
    text
      .split('\n')
      .map((line) => /^(\d+) 0$/.exec(line.trim())?.[1])
      .filter((index) => index !== undefined)
      .map(Number),
  );
  return record(request.ping.map((address, index) => [address, answered.has(index)]));
}
