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
  /** A standby: its primary has told it that both copies are the same; without that it does not take over. */
  met: boolean;
}

/** undefined: it does not answer, or not as expected. */
export async function agentStatus(link: NodeLink): Promise<AgentStatus | undefined> {
  const script =
    "/usr/local/sbin/carp-hast-switch status --json; sed -n 's/^met //p' /var/run/hastconf/public";
  const [status = '', met] = (await link.sh(script, 20_000)).stdout.split('\n');
  try {
    return { ...(JSON.parse(status) as Omit<AgentStatus, 'met'>), met: met === 'yes' };
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
  if (own?.state !== 'serving' || peer?.state !== 'standby' || peer.fresh !== 'fresh' || !peer.met)
    return false;
  if (own.carp.state !== 'MASTER' || peer.carp.state !== 'BACKUP') return false;
  return own.resources.every(({ status, dirty }) => status === 'complete' && (dirty ?? 0) <= IN_FLIGHT);
}
