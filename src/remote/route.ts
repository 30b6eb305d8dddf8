import { localUser } from '../local-user.js';
import { type HostQuestion, type HostSettings, hostSettings } from './ssh-config.js';

/** One hop of a ProxyJump value: `[user@]host[:port]`, IPv6 in brackets, or `ssh://…`. */
export function parseJump(hop: string): { host: string; port?: number; user?: string } {
  const text = hop.replace(/^ssh:\/\//, '').replace(/\/$/, '');
  const match = /^(?:(?<user>.*)@)?(?:\[(?<six>[^\]]+)\]|(?<host>[^:]+))(?::(?<port>\d+))?$/.exec(text);
  // A bare IPv6 address has colons and no brackets.
  if (!match?.groups) return { host: text };
  const { user, six, host, port } = match.groups;
  return {
    host: six ?? host ?? text,
    ...(port === undefined ? {} : { port: Number(port) }),
    ...(user === undefined ? {} : { user }),
  };
}

const MOST_HOPS = 8;

/** The way to a host: every jump host in order, the host itself last. */
export async function routeTo(
  question: HostQuestion,
  hopsLeft = MOST_HOPS,
): Promise<readonly HostSettings[]> {
  const target = await hostSettings(question);
  if (target.proxyJump === undefined) return [target];
  const hops = target.proxyJump.split(',').map((hop) => parseJump(hop.trim()));
  if (hops.length > hopsLeft) throw new Error(`ProxyJump goes through more than ${MOST_HOPS} hosts`);
  const local = { defaultUser: localUser(), configFile: question.configFile };
  const [first, ...others] = hops;
  // Only the first hop is reached directly, so only its own ProxyJump still counts.
  const start = first ? await routeTo({ ...first, ...local }, hopsLeft - hops.length) : [];
  const between = await Promise.all(others.map((hop) => hostSettings({ ...hop, ...local })));
  const jumps = [...start, ...between].map((hop) => ({ ...hop, jumpTo: target.hostName }));
  return [...jumps, target];
}
