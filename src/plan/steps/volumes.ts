import type { ZvolSpec } from '../../spec/types.js';
import { stepScript, words } from '../shell.js';
import type { PlanInput, Step } from '../types.js';

/** zvols that are missing. Default volmode: with `dev` no device node appears (measured on 13.2). */
export function volumeSteps({ spec, facts }: PlanInput): Step[] {
  return spec.resources.flatMap(({ zvol, local }) => {
    if (!zvol) return [];
    return spec.nodes.flatMap((node): Step[] => {
      const dataset = `${zvol.pool[node.name]!}/${zvol.name}`;
      if (facts[node.name]!.zfs.volumes.some((volume) => volume.name === dataset)) return [];
      const device = local[node.name]!;
      return [
        {
          id: `${node.name}/volumes/${dataset}`,
          node: node.name,
          phase: 'volumes',
          title: `Create zvol ${dataset}`,
          risk: 'none',
          diff: `+ ${zvol.sparse ? 'sparse ' : ''}zvol ${dataset} of ${zvol.size} bytes`,
          action: { kind: 'script', script: createVolume(dataset, zvol, device) },
          verify: `[ -e ${words(device)} ]`,
        },
      ];
    });
  });
}

function createVolume(dataset: string, { size, sparse }: ZvolSpec, device: string): string {
  return stepScript(`
zfs list -H -t volume -o name ${words(dataset)} >/dev/null 2>&1 || zfs create ${sparse ? '-s ' : ''}-V ${size} ${words(dataset)} || exit 1
until_true 10 test -e ${words(device)} || fail ${words(`${device} did not appear: is volmode dev or none?`)}`);
}
