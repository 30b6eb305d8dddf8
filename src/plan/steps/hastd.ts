import type { NodeFacts } from '../../facts/types.js';
import { isPending } from '../notice.js';
import type { PlanInput } from '../plan.js';
import { stepScript, words } from '../shell.js';
import type { Step } from '../types.js';

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

function reload(input: PlanInput, facts: NodeFacts): Step[] {
  const wanted = input.files.find((file) => file.node === facts.node && file.path === '/etc/hast.conf');
  const changed = wanted?.kind === 'whole' && wanted.content !== facts.files['/etc/hast.conf']?.content;
  const unknown = input.spec.resources.some(({ name }) => {
    const resource = facts.hast.resources[name];
    return resource === undefined || resource.error !== undefined;
  });
  if (!changed && !unknown && !isPending(facts, 'hastd')) return [];
  return [
    {
      id: `${facts.node}/hastd/reload`,
      node: facts.node,
      phase: 'hastd',
      title: 'Let hastd read its configuration again',
      risk: 'disturbs',
      impact: 'resources whose provider or addresses changed reconnect; the others go on',
      diff: '+ service hastd reload',
      action: {
        kind: 'script',
        script: stepScript(
          `${letGo(input, facts)}\nservice hastd reload </dev/null || exit 1\n${waitForAll(input)}\n${waitForEnd(input, facts)}`,
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

/** Resources that hastd runs and the new hast.conf lacks. */
function leaving({ spec }: PlanInput, facts: NodeFacts): string[] {
  const kept = new Set(spec.resources.map(({ name }) => name));
  return Object.keys(facts.hast.resources).filter((name) => !kept.has(name));
}

/** hastd takes the device away under a mounted file system, which then cannot be unmounted in order. */
function letGo(input: PlanInput, facts: NodeFacts): string {
  const release = leaving(input, facts).flatMap((name) =>
    facts.mounts
      .filter(({ device }) => device === `/dev/hast/${name}`)
      .map(({ mountpoint }) => `umount ${words(mountpoint)} || exit 1`),
  );
  return release.join('\n');
}

function waitForEnd(input: PlanInput, facts: NodeFacts): string {
  return leaving(input, facts)
    .map((name) => {
      const gone = `until_true 15 sh -c ${words('! hastctl list "$1" >/dev/null 2>&1')} sh ${words(name)}`;
      return `${gone} || fail ${words(`hastd still runs resource ${name}`)}`;
    })
    .join('\n');
}
