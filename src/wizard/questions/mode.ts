import type { Question } from '../types.js';

/** HAST's replication mode. */
export const mode: Question = {
  id: 'mode',
  section: 'Details',
  label: 'Replication mode',
  key: 'hast.replication',
  optional: true,
  needs: [],
  finding: 'pair',
  derive: () => 'memsync',
  ask: () => ({
    kind: 'choose',
    message: 'When does a write count as done?',
    choices: MODES.map(([value, text]) => ({ value, name: `${value}: ${text}` })),
    default: 'memsync',
  }),
  help: () => `memsync is nearly as safe as fullsync and faster: data is lost only if both nodes
lose power at once. async can lose the last writes at a fail-over; it is for slow
or distant links.`,
  paths: () => [['hast', 'replication']],
  show: (answer) => `${answer}: ${MODES.find(([value]) => value === answer)?.[1] ?? ''}`,
};

const MODES = [
  ['memsync', 'the other node has it in memory'],
  ['fullsync', 'the other node has it on disk'],
  ['async', 'it is on this node alone'],
] as const;
