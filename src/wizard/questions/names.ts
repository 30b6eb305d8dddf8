import { proposedNames, unnamedDevices } from '../devices.js';
import { list, type Question } from '../types.js';

/** What the resources are called. */
export const names: Question = {
  id: 'names',
  section: 'Storage',
  label: 'Resource names',
  key: 'resources',
  optional: true,
  needs: ['providers', 'devices', 'zvolName'],
  finding: 'pair',
  derive: (context) => proposedNames(context),
  ask: (context) => ({
    kind: 'type',
    message: 'Names of the resources, in order:',
    default: proposedNames(context).join(' '),
  }),
  help: () => `HAST's own name for each resource; the device that the storage sits on is then
/dev/hast/NAME on the node that serves. Short words such as disk0 or mail.`,
  validate: (answer, context) => {
    const wanted = unnamedDevices(context).length;
    const given = list(answer);
    if (new Set(given).size < given.length) return 'each name only once';
    return given.length === wanted ? undefined : `${wanted} names are needed, not ${given.length}`;
  },
  paths: () => [['resources']],
};
