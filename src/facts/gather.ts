import { randomBytes } from 'node:crypto';
import { ExitCode, HastconfError } from '../errors.js';
import type { Target } from '../remote/target.js';
import { agentFailure, parseAgent, parseKeys } from './agent.js';
import { parseDirectories } from './directories.js';
import { parseFiles } from './files.js';
import { type Frames, frameOf, parseFrames } from './frames.js';
import { parseHast, parseHastDevices } from './hast.js';
import { parseInterfaces } from './interfaces.js';
import { parseModules, parsePrograms, parseSysctls } from './modules.js';
import { parseMounts } from './mounts.js';
import { type Asked, parseClock, parseIdentity, parseOs, parseUid } from './os.js';
import { parsePing } from './ping.js';
import { parseDataPartitions, parseDeviceUsers, parseDisks, parseProviders } from './providers.js';
import { parseRcConf, parseSysrc } from './rc.js';
import { parseDefaultGateway } from './route.js';
import { runFactsScript } from './run.js';
import { parseServices } from './services.js';
import type { FactsRequest, HastFacts, MountFacts, NodeFacts } from './types.js';
import { unansweredFacts } from './unanswered.js';
import { parsePoolMembers, parseZfs } from './zfs.js';

export interface GatherOptions {
  signal?: AbortSignal;
}

/**
 * Everything about one node, in one script and one round trip; changes nothing there. A subject that fails is
 * left out and named in `unanswered`. Throws exit 1 when the script did not run to its end: what it did not say
 * would read as "the node does not have it". Connection errors are the target's (exit 4, exit 6).
 */
export async function gather(
  target: Target,
  request: FactsRequest,
  options: GatherOptions = {},
): Promise<NodeFacts> {
  const nonce = randomBytes(16).toString('hex');
  const run = await runFactsScript(target, request, nonce, options.signal);
  const { frames, complete } = parseFrames(run.stdout, nonce);
  if (!complete) {
    throw new HastconfError(ExitCode.StepFailed, 'the facts script did not run to its end', {
      node: target.node,
      detail: run.ending,
      remedy: 'look at what root gets from /bin/sh on this node: echo "echo ok" | /bin/sh -s',
    });
  }
  return assembleFacts(frames, request, run.asked);
}

/** NodeFacts from the frames of one run; pure. */
function assembleFacts(frames: Frames, request: FactsRequest, asked: Asked): NodeFacts {
  const mounts = parseMounts(frameOf(frames, 'mounts').stdout);
  const hast = parseHast(frames, request);
  const rc = parseRc(frames);
  const gateway = parseDefaultGateway(frameOf(frames, 'route').stdout);
  const agent = parseAgent(frameOf(frames, 'agent').stdout);
  const agentError = agentFailure(frames);
  const unanswered = unansweredFacts(frames, request);
  return {
    node: request.node,
    os: parseOs(frames),
    identity: parseIdentity(frames),
    uid: parseUid(frames),
    clock: parseClock(frames, asked),
    interfaces: parseInterfaces(frameOf(frames, 'interfaces').stdout),
    ...(gateway === undefined ? {} : { defaultGateway: gateway }),
    ping: parsePing(frameOf(frames, 'ping').stdout, request),
    ...deviceFacts(frames, request, mounts, hast),
    hast,
    zfs: parseZfs(frames),
    mounts,
    hastDevices: parseHastDevices(frames),
    rc,
    modules: parseModules(frames),
    sysctls: parseSysctls(frames, request),
    services: parseServices(frames, request, rc),
    files: parseFiles(frames, request),
    directories: parseDirectories(frames, request),
    ...(agent === undefined ? {} : { agent }),
    ...(agentError === undefined ? {} : { agentError }),
    ...parseKeys(frames),
    programs: parsePrograms(frames),
    ...(unanswered.length === 0 ? {} : { unanswered }),
  };
}

function deviceFacts(
  frames: Frames,
  request: FactsRequest,
  mounts: readonly MountFacts[],
  hast: HastFacts,
): Pick<NodeFacts, 'disks' | 'partitions' | 'providers'> {
  const pools = parsePoolMembers(frameOf(frames, 'zfs.status').stdout);
  const users = parseDeviceUsers(frames, { mounts, pools, hast: Object.values(hast.resources) });
  const partitions = parseDataPartitions(frames, users);
  return {
    disks: parseDisks(frames, request, users),
    ...(partitions.length === 0 ? {} : { partitions }),
    providers: parseProviders(frames, request, users),
  };
}

function parseRc(frames: Frames): Record<string, string> {
  if (frames.has('rc.sysrc')) return parseSysrc(frameOf(frames, 'rc.sysrc').stdout);
  return parseRcConf(frameOf(frames, 'rc.files').stdout);
}
