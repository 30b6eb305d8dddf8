import { parseKinds } from './directories.js';
import { type Frames, failureOf, frameOf } from './frames.js';
import { parseProbe } from './probe.js';
import type { FactsRequest, UnansweredFact } from './types.js';

/** Frames that every FreeBSD answers with 0; anything else is a gap in the facts. */
const ALWAYS: Readonly<Record<string, string>> = {
  clock: 'date',
  'os.release': 'freebsd-version',
  'os.arch': 'uname -m',
  'identity.hostname': 'hostname',
  'identity.hostuuid': 'sysctl kern.hostuuid',
  uid: 'id -u',
  interfaces: 'ifconfig -a',
  route: 'netstat -rn',
  mounts: 'mount -p',
  'disks.names': 'sysctl kern.disks',
  'disks.tables': 'gpart show',
  'disks.geom': 'geom disk list',
};

/** Answers that count as an answer although the exit code is not 0. */
const MAY_FAIL: Readonly<Record<string, string>> = {
  'hast.list': 'hastctl list',
  'hast.config': 'hastctl dump',
};

const ONLY_WITH_ZFS: Readonly<Record<string, string>> = {
  'zfs.pools': 'zpool list',
  'zfs.status': 'zpool status',
  'zfs.volumes': 'zfs list',
};

/**
 * Questions without an answer, where the facts would otherwise say "it is not there". Files carry their own
 * `error`, and an agent that fails may be just what an apply mends: `agentError`.
 */
export function unansweredFacts(frames: Frames, request: FactsRequest): UnansweredFact[] {
  const zfs = frameOf(frames, 'zfs.loaded').code === 0 ? ONLY_WITH_ZFS : {};
  return [
    ...Object.entries({ ...ALWAYS, ...zfs }).flatMap(([id, subject]) =>
      gap(subject, failureOf(frameOf(frames, id))),
    ),
    ...Object.entries(MAY_FAIL).flatMap(([id, subject]) => gap(subject, silence(frames, id))),
    ...rcGap(frames),
    ...request.providers.flatMap(({ path }, index) =>
      gap(`provider ${path}`, parseProbe(frames, `provider.${index}`).failure),
    ),
    ...request.services.flatMap((name, index) => gap(`service ${name}`, serviceSilence(frames, index))),
    ...directoryGaps(frames, request),
  ];
}

function gap(subject: string, message: string | undefined): UnansweredFact[] {
  return message === undefined ? [] : [{ subject, message }];
}

/** A limit that ran out; another failure is an answer. */
function silence(frames: Frames, id: string): string | undefined {
  const failure = failureOf(frameOf(frames, id));
  return failure === 'no answer in time' ? failure : undefined;
}

function rcGap(frames: Frames): UnansweredFact[] {
  const id = frames.has('rc.sysrc') ? 'rc.sysrc' : 'rc.files';
  return gap('variables of rc.conf', failureOf(frameOf(frames, id)));
}

function directoryGaps(frames: Frames, request: FactsRequest): UnansweredFact[] {
  const kinds = parseKinds(frameOf(frames, 'directories.kinds').stdout);
  return request.directories
    .filter((_, index) => !kinds.has(index))
    .map((path) => ({ subject: `directory ${path}`, message: 'no answer in time' }));
}

function serviceSilence(frames: Frames, index: number): string | undefined {
  const script = silence(frames, `service.${index}.script`);
  if (script !== undefined || frameOf(frames, `service.${index}.script`).code !== 0) return script;
  return silence(frames, `service.${index}.status`);
}
