import type { ExecOptions, Target } from '../remote/target.js';
import { quoteWord } from '../remote/words.js';

/** Seconds of listening: a master speaks every advbase (1 s by default) plus its skew. */
const LISTEN_SECONDS = 4;
/** Lines after which it stops earlier. */
const PACKETS = 64;

/** One speaker of CARP or VRRP (protocol 112) on the wire. */
interface CarpSpeaker {
  vhid: number;
  /** Source address, when the line has one. */
  from?: string;
}

export interface CarpProbe {
  /** false: nothing could be heard, `reason` says why. */
  listened: boolean;
  reason?: string;
  /** Numbers in use by whoever speaks there, the node's own vhids included. Ascending. */
  vhids: readonly number[];
  speakers: readonly CarpSpeaker[];
}

/**
 * Listens on an interface for advertisements of others; only before CARP is first configured, because it takes
 * up to {@link LISTEN_SECONDS}. The interface is promiscuous while it listens, otherwise the multicast would be
 * filtered. A node without tcpdump is not an error: `listened` is then false.
 */
export async function listenForCarp(
  target: Target,
  interfaceName: string,
  options: Pick<ExecOptions, 'signal'> = {},
): Promise<CarpProbe> {
  const result = await target.script(carpProbeScript(interfaceName), options);
  // timeout(1) ends a successful listening with 124, its kill with 137 or 143.
  const ended = [0, 124, 137, 143].includes(result.code ?? -1);
  return parseCarpProbe(result.stdout, ended ? undefined : result.stderr.trim() || `exit ${result.code}`);
}

/** Ends by itself: by timeout(1) where there is one (10.3), by a killer beside it otherwise. */
export function carpProbeScript(interfaceName: string): string {
  const listen = `tcpdump -n -l -c ${PACKETS} -i ${quoteWord(interfaceName)} proto 112`;
  return `if ! command -v tcpdump >/dev/null 2>&1; then
  echo 'tcpdump is not installed' >&2
  exit 127
fi
if command -v timeout >/dev/null 2>&1; then
  exec timeout -k 1 ${LISTEN_SECONDS} ${listen} </dev/null
fi
${listen} </dev/null &
listener=$!
sleep ${LISTEN_SECONDS}
kill "$listener" 2>/dev/null
wait "$listener"
exit 0
`;
}

/**
 * tcpdump's lines. Guessed, no transcript exists: FreeBSD prints protocol 112 as VRRP
 * (`VRRPv2, Advertisement, vrid 1, prio 0, …`) or, told or newer, as CARP
 * (`CARPv2-advertise 36: vhid=1 advbase=1 advskew=0 …`). Whatever names a vhid or vrid counts.
 */
export function parseCarpProbe(text: string, failure?: string): CarpProbe {
  const speakers = new Map<string, CarpSpeaker>();
  for (const line of text.split('\n')) {
    const number = /\b(?:vhid|vrid)[ =:](\d{1,3})\b/i.exec(line)?.[1];
    if (number === undefined || !/CARP|VRRP|carp|vrrp/.test(line)) continue;
    const vhid = Number(number);
    const from = /\bIP6? (\S+) > /.exec(line)?.[1];
    speakers.set(`${vhid} ${from}`, from === undefined ? { vhid } : { vhid, from });
  }
  const heard = [...speakers.values()].sort((a, b) => a.vhid - b.vhid);
  const vhids = [...new Set(heard.map((speaker) => speaker.vhid))];
  const listened = failure === undefined || heard.length > 0;
  return { listened, ...(listened ? {} : { reason: failure ?? '' }), vhids, speakers: heard };
}
