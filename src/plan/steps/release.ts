import type { NodeFacts } from '../../facts/types.js';
import { leavingServices, type Release, releasesOn, toldServices } from '../releases.js';
import { isRunning, serviceCall, serviceTitle } from '../service-calls.js';
import { stepScript, words } from '../shell.js';
import type { Impact, PlanInput, Step } from '../types.js';
import { disconnectSteps, giveUpSteps } from './give-up.js';

/**
 * Seconds without a file system that is mounted elsewhere: unmount, a look by the agent, fsck -p of a clean journal
 * and mount take under a second each on the measured pair; the steps in between are round trips.
 */
const MOVE_SECONDS = 5;

/** File systems and pools that go, services on them first; and old copies whose provider is exchanged. */
export function releaseSteps(input: PlanInput): Step[] {
  return input.spec.nodes.flatMap((node) => {
    const facts = input.facts[node.name]!;
    const releases = releasesOn(input, facts);
    return [
      ...serviceSteps(input, facts, releases),
      ...releases.map((release) => releaseStep(facts, release)),
      ...giveUpSteps(input, facts),
      ...disconnectSteps(input, facts),
    ];
  });
}

/** Services that leave with the storage; where something moves all of them, since they may live there. */
function serviceSteps(input: PlanInput, facts: NodeFacts, releases: readonly Release[]): Step[] {
  if (releases.length === 0) return [];
  const moving = releases.some((release) => release.type === 'ufs' && release.moves);
  const names = (moving ? toldServices(facts) : leavingServices(input, facts)).toReversed();
  return names.map((name) => ({
    id: `${facts.node}/release/service/${name}`,
    node: facts.node,
    phase: 'release',
    title: `Stop ${serviceTitle(name)}`,
    risk: 'disturbs',
    impact: moving
      ? {
          kind: 'interruption',
          seconds: MOVE_SECONDS,
          detail: 'the agent starts it again once all is mounted',
        }
      : { kind: 'roles-drop', detail: 'it leaves with its storage' },
    diff: `- ${serviceCall(name, 'start')}`,
    action: {
      kind: 'script',
      script: stepScript(`${isRunning(name)} || exit 0\n${serviceCall(name, 'stop')} </dev/null`),
    },
    verify: `! ${isRunning(name)}`,
  }));
}

function releaseStep({ node }: NodeFacts, release: Release): Step {
  switch (release.type) {
    case 'ufs':
      return unmountStep(node, release);
    case 'zfs':
      return exportStep(node, release);
    case 'raw':
      return unusedStep(node, release.resource);
  }
}

/** Looks at programs that have it open, and at ctld's LUNs, which the kernel holds (ctladm loads ctl.ko by itself). */
function unusedStep(node: string, resource: string): Step {
  const device = `/dev/hast/${resource}`;
  return {
    id: `${node}/release/device/${resource}`,
    node,
    phase: 'release',
    title: `Check that nothing uses ${device}`,
    risk: 'none',
    impact: { kind: 'roles-drop', detail: `${device} goes; its data stay on the disks` },
    action: {
      kind: 'script',
      script: stepScript(`
device=${words(device)}
users=$(fuser "$device" 2>/dev/null)
[ -z "$users" ] || refuse "$device is in use by process $users: stop it first"
kldstat -q -m ctl || exit 0
ctladm devlist -v 2>/dev/null | while read -r line; do
	[ "$line" != "file=$device" ] || refuse "$device is a LUN of ctld: take it out of /etc/ctl.conf and reload ctld first"
done`),
    },
  };
}

/** Never by force: what holds it open is somebody's. */
function unmountStep(node: string, { resource, mountpoint, moves }: Release & { type: 'ufs' }): Step {
  const [device, point] = [words(`/dev/hast/${resource}`), words(mountpoint)];
  return {
    id: `${node}/release${mountpoint}`,
    node,
    phase: 'release',
    title: `Unmount ${mountpoint}`,
    risk: 'disturbs',
    impact: impactOf(moves, mountpoint),
    diff: `- /dev/hast/${resource} on ${mountpoint}`,
    action: {
      kind: 'script',
      script: stepScript(`
${IS_MOUNTED}
is_mounted ${device} ${point} || exit 0
umount ${point} || refuse ${point} is in use by process $(fuser -c ${point} 2>/dev/null): stop it first, nothing is unmounted by force
rmdir ${point} 2>/dev/null || :`),
    },
    verify: `${IS_MOUNTED}\n! is_mounted ${device} ${point}`,
  };
}

function impactOf(moves: boolean, mountpoint: string): Impact {
  if (!moves) return { kind: 'roles-drop', detail: `${mountpoint} goes; its data stay on the disks` };
  return {
    kind: 'interruption',
    seconds: MOVE_SECONDS,
    detail: `what is on ${mountpoint} is away until it is mounted elsewhere`,
  };
}

const IS_MOUNTED = `
is_mounted() {
	[ "$(mount -p | while read -r _device _point _rest; do
		[ "$_device $_point" = "$1 $2" ] && { echo yes; break; }
	done)" = yes ]
}`;

function exportStep(node: string, { pool, resources }: Release & { type: 'zfs' }): Step {
  const name = words(pool);
  return {
    id: `${node}/release/pool/${pool}`,
    node,
    phase: 'release',
    title: `Export pool ${pool}`,
    risk: 'disturbs',
    impact: { kind: 'roles-drop', detail: `pool ${pool} goes; its data stay on the disks` },
    diff: `- pool ${pool} on ${resources.join(', ')}`,
    action: {
      kind: 'script',
      script: stepScript(`
zpool list -H -o name ${name} >/dev/null 2>&1 || exit 0
zpool export ${name} || refuse pool ${name} is in use: stop what uses it first, nothing is exported by force`),
    },
    verify: `! zpool list -H -o name ${name} >/dev/null 2>&1`,
  };
}
