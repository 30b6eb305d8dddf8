import { stepScript, words } from '../shell.js';
import type { PlanInput, Step } from '../types.js';

/** Volumes for LUNs in a pool of the storage, made where they are missing; nothing is ever resized or removed. */
export function lunSteps(input: PlanInput): Step[] {
  const facts = input.facts[input.primary]!;
  const known = new Set(facts.zfs.volumes.map(({ name }) => name));
  return input.spec.services.flatMap((service): Step[] => {
    if (service.type !== 'iscsi' || service.volume === undefined || service.size === undefined) return [];
    if (known.has(service.volume)) return [];
    const name = words(service.volume);
    return [
      {
        id: `${facts.node}/format/volume/${service.volume}`,
        node: facts.node,
        phase: 'format',
        title: `Create volume ${service.volume}`,
        risk: 'none',
        diff: `+ zfs create -V ${service.size} ${service.volume}`,
        action: {
          kind: 'script',
          script: stepScript(`
zfs list -H -o name ${name} >/dev/null 2>&1 || zfs create -V ${service.size} ${name} || exit 1
until_true 10 test -c /dev/zvol/${name} || fail "/dev/zvol/${service.volume} does not appear"`),
        },
        verify: `[ -c /dev/zvol/${name} ]`,
      },
    ];
  });
}
