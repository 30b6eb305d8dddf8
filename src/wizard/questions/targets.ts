import { formatSize } from '../../spec/units.js';
import { volumeName } from '../../spec/words.js';
import { devicesOf } from '../devices.js';
import { targetName } from '../propose/targets.js';
import { type Context, list, type Question } from '../types.js';
import { isServed, lunDevices, poolOf, rawNames } from '../used.js';

/** A volume in the pool, where no resource is bare. */
export const lun: Question = {
  id: 'lun',
  section: 'Storage',
  label: 'Volume for iSCSI',
  key: 'services[].volume',
  optional: true,
  needs: ['served', 'pool'],
  finding: 'pair',
  applies: (context) =>
    isServed(context.answers, 'iscsi') && rawNames(context).length === 0 && poolOf(context) !== undefined,
  ask: (context) => ({
    kind: 'type',
    message: 'Volume in the pool, and its size:',
    default: `${poolOf(context)}/lun0 ${sizeFor(context)}`,
  }),
  help: () => `A block device for the other server, in the pool: POOL/NAME and a size such as 10G.
It is made where it is missing.`,
  validate: (answer, context) => {
    const [name, size, ...more] = list(answer);
    if (name === undefined || size === undefined || more.length > 0) return 'two words: POOL/NAME and a size';
    if (!name.startsWith(`${poolOf(context)}/`)) return `it must be in the pool: ${poolOf(context)}/NAME`;
    return volumeName(name);
  },
  paths: () => [['services']],
};

/** Half of the smallest device, in whole megabytes: the pool has room for that whatever its layout. */
function sizeFor(context: Context): string {
  const providers = (context.pair?.facts[0].disks ?? []).filter(({ path }) =>
    devicesOf(context).some(({ paths }) => paths[0] === path),
  );
  const sizes = providers.flatMap(({ mediaSize }) => mediaSize ?? []);
  const mebibytes = Math.floor(Math.min(...sizes, 2 ** 34) / 2 ** 21);
  return formatSize(Math.max(16, mebibytes) * 2 ** 20);
}

/** What initiators call the block devices. */
export const targets: Question = {
  id: 'targets',
  section: 'Storage',
  label: 'iSCSI targets',
  key: 'services[].target',
  optional: true,
  needs: ['served', 'lun', 'names'],
  finding: 'pair',
  applies: ({ answers }) => isServed(answers, 'iscsi'),
  ask: (context) => ({
    kind: 'type',
    message: lunDevices(context).length === 1 ? 'Name of the target:' : 'Names of the targets, one each:',
    default: lunDevices(context)
      .map(({ name }) => targetName(context.pair?.facts[0].identity.hostname ?? '', name))
      .join(' '),
  }),
  help: () => `The name that the other server asks for. It starts with iqn, a month, and a domain
name that was yours then, in reverse; what follows the colon is up to you. Keep a
name once it is in use. A password (CHAP) is added in the cluster file: chap.`,
  validate: (answer, context) => {
    const wanted = lunDevices(context).length;
    const given = list(answer).length;
    return given === wanted ? undefined : `${wanted} names are needed, not ${given}`;
  },
  paths: () => [['services']],
};
