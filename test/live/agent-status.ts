import type { NodeLink } from './node-link.js';

/** What the agent says of itself; the documented part of `status --json` that the scenarios judge. */
export interface AgentStatus {
  state: string;
  reason: string;
  fresh: string;
  link: string;
  carp: { state: string };
  resources: { name: string; role: string; status: string; dirty: number | null }[];
  alarms: string[];
}

/** undefined: it does not answer, or not as expected. */
export async function agentStatus(link: NodeLink): Promise<AgentStatus | undefined> {
  const { stdout } = await link.sh('/usr/local/sbin/carp-hast-switch status --json', 20_000);
  try {
    return JSON.parse(stdout) as AgentStatus;
  } catch {
    return undefined;
  }
}

/** With a writer some extents are always on their way. */
const IN_FLIGHT = 8 * 2 ** 20;

/** One node serves (this one, when named) and the other could take over, with equal copies. */
export function atRest(
  name: string,
  own: AgentStatus | undefined,
  peer: AgentStatus | undefined,
  wanted: string | undefined,
): boolean {
  if (wanted !== undefined && wanted !== name) return false;
  if (own?.state !== 'serving' || peer?.state !== 'standby' || peer.fresh !== 'fresh') return false;
  if (own.carp.state !== 'MASTER' || peer.carp.state !== 'BACKUP') return false;
  return own.resources.every(({ status, dirty }) => status === 'complete' && (dirty ?? 0) <= IN_FLIGHT);
}
