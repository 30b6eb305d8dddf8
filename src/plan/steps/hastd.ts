import type { NodeFacts } from '../../facts/types.js';
import { wasApplied } from '../applied.js';
import { hastChanges, leavingResources, wantedHastConf } from '../hast-change.js';
import { isPending } from '../notice.js';
import { stepScript, words } from '../shell.js';
import type { PlanInput, Step } from '../types.js';
import { reloadImpact } from './hastd-impact.js';

/** hastd running with the new hast.conf: started, or told to read it again; never restarted. */
export function hastdSteps(input: PlanInput): Step[] {
  return input.spec.nodes.flatMap((node) => {
    const facts = input.facts[node.name]!;
    return facts.hast.running ? reload(input, facts) : start(input, facts);
  });
}

function start(input: PlanInput, facts: NodeFacts): Step[] {
  return [
    {
      id: `${facts.node}/hastd/start`,
      node: facts.node,
      phase: 'hastd',
      title: 'Start hastd',
      risk: 'none',
      ...(wasApplied('/etc/hast.conf', facts) ? { drift: 'it was set up, and does not run' } : {}),
      diff: '+ service hastd start',
      // A start without hastd_enable prints a sentence and exits 0, so the control socket is what counts.
      action: {
        kind: 'script',
        script: stepScript(`
service hastd start </dev/null || exit 1
until_true 10 sh -c 'hastctl status >/dev/null 2>&1' || { hastctl status; fail "hastd does not answer"; }`),
      },
      verify: knowsAll(input),
      notices: 'hastd',
    },
  ];
}

/**
 * The standby's hastd first: a secondary takes a connection only from the address in its own file, and the primary
 * tries its new one as soon as it has read it.
 */
function reload(input: PlanInput, facts: NodeFacts): Step[] {
  const wanted = wantedHastConf(input, facts.node);
  const changed = wanted !== undefined && wanted !== facts.files['/etc/hast.conf']?.content;
  const unknown = input.spec.resources.some(({ name }) => {
    const resource = facts.hast.resources[name];
    return resource === undefined || resource.error !== undefined;
  });
  if (!changed && !unknown && !isPending(facts, 'hastd')) return [];
  const runs = input.spec.nodes.every(({ name }) => input.facts[name]!.hast.running);
  const impact = reloadImpact(input, facts);
  return [
    {
      id: `${facts.node}/hastd/reload`,
      node: facts.node,
      phase: runs && facts.node === input.primary ? 'hastd-primary' : 'hastd',
      title: 'Let hastd read its configuration again',
      risk: impact === undefined ? 'none' : 'disturbs',
      ...(impact === undefined ? {} : { impact }),
      diff: '+ service hastd reload',
      action: {
        kind: 'script',
        script: stepScript(
          `${nothingTorn(input, facts)}\n${disconnected(input, facts)}\nservice hastd reload </dev/null || exit 1\n${waitForAll(input)}\n${waitForEnd(input, facts)}`,
        ),
      },
      verify: knowsAll(input),
      notices: 'hastd',
    },
  ];
}

/** A reload takes up to 5 s, and the rc command returns before it is done (hastd.c). */
function waitForAll({ spec }: PlanInput): string {
  return spec.resources
    .map(({ name }) => {
      const known = `until_true 15 sh -c ${words('hastctl list "$1" >/dev/null 2>&1')} sh ${words(name)}`;
      return `${known} || { hastd_said ${words(name)}; fail ${words(`hastd does not know resource ${name}`)}; }`;
    })
    .join('\n');
}

function knowsAll({ spec }: PlanInput): string {
  return spec.resources.map(({ name }) => `hastctl list ${words(name)} >/dev/null || exit 1`).join('\n');
}

/**
 * hastd takes the device of a resource that goes, or of a primary whose provider changes, away under a mounted file
 * system. What was let go of before may have come back, or the roles may have moved since.
 */
function nothingTorn(input: PlanInput, facts: NodeFacts): string {
  const changes = hastChanges(input, facts);
  const goes = [...changes].filter(([, change]) => change === 'removed' || change === 'provider');
  return goes
    .map(([name, change]) => {
      const device = `/dev/hast/${name}`;
      const torn = words(`${device} is mounted: it would be taken away under it`);
      if (change === 'removed') return `${HAS_MOUNT}\n! has_mount ${words(device)} || refuse ${torn}`;
      return `! has_role ${words(name)} primary || refuse ${words(`${name} is primary here: its device would be taken away`)}`;
    })
    .join('\n');
}

/** Looked at on the node right before the reload: a connection that has come back would hang hastd for good. */
function disconnected(input: PlanInput, facts: NodeFacts): string {
  const hit = [...hastChanges(input, facts)].flatMap(([name, change]) =>
    change === 'addresses' || change === 'unknown' ? [name] : [],
  );
  if (hit.length === 0) return '';
  const looks = hit.map((name) => {
    const why = words(`${name} is still connected: a reload with other addresses would hang hastd`);
    return `! has_role ${words(name)} primary || until_true 30 is_alone ${words(name)} || refuse ${why}`;
  });
  return `is_alone() { has_role "$1" primary && [ "$(list_value "$1" status)" = degraded ]; }\n${looks.join('\n')}`;
}

const HAS_MOUNT = `
has_mount() {
	[ "$(mount -p | while read -r _device _rest; do
		[ "$_device" = "$1" ] && { echo yes; break; }
	done)" = yes ]
}`;

function waitForEnd(input: PlanInput, facts: NodeFacts): string {
  return leavingResources(input, facts)
    .map((name) => {
      const gone = `until_true 15 sh -c ${words('! hastctl list "$1" >/dev/null 2>&1')} sh ${words(name)}`;
      return `${gone} || fail ${words(`hastd still runs resource ${name}`)}`;
    })
    .join('\n');
}
