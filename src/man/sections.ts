import { ExitCode } from '../errors.js';
import { AGENT, AGENT_DIR, RC_SCRIPT } from '../spec/paths.js';

/** Of the last change to what follows here. */
export const DATE = 'November 20, 2026';

export const SUMMARY = 'set up and run a highly available FreeBSD storage pair';

export const DESCRIPTION = [
  'The %NAME% utility turns two FreeBSD machines into one storage pair: HAST mirrors the disks, CARP moves the shared address, and a small agent on both nodes moves the storage with it.',
  'A cluster file describes the pair. Each of its values has a flag, which takes precedence over the file; a complete set of flags needs no file. The nodes are read first, and only what differs is changed: a command that was cut off is completed by running it again.',
  'For each change of a pair that runs, the plan says what it does to it: nothing, a reload, a reconnection of the replication, roles that drop, or an interruption of about so many seconds. What would tear storage away that is in use is refused. What somebody has changed on a node since the last apply is shown as drift.',
  'Without a terminal, or with --no-input, nothing is ever asked; what is missing is named, all at once, with the flag that would give it.',
];

const EXIT_TEXT: Readonly<Record<keyof typeof ExitCode, string>> = {
  Done: 'done',
  StepFailed: 'a step failed',
  Usage: 'wrong usage, or an invalid cluster file',
  Preflight:
    'a preflight check failed and nothing was changed; doctor: a check failed; status: the pair is not healthy',
  Unreachable: 'a node cannot be reached or authenticated',
  Refused: 'refused: it would destroy data or overrule a guard',
  Timeout: 'timed out waiting',
  Changes: 'plan --detailed-exitcode: there are changes',
  Locked: 'another hastconf holds the lock',
  Interrupted: 'interrupted',
};

export const EXITS: readonly (readonly [number, string])[] = Object.entries(EXIT_TEXT).map(([name, text]) => [
  ExitCode[name as keyof typeof ExitCode],
  text,
]);

/** Paths and what they are; those without a slash at the start lie on the machine that runs hastconf. */
export const FILES: readonly (readonly [string, string])[] = [
  ['cluster.yaml', 'the cluster file'],
  ['cluster.carp', 'the CARP password beside it, mode 0600; made when it is missing'],
  ['cluster.drills.jsonl', 'beside it: a line of JSON for each drill'],
  ['known_hosts', 'beside the cluster file: host keys that are trusted besides the user’s own'],
  ['/etc/hast.conf', 'on the nodes: written as a whole, the same on both'],
  ['/usr/local/etc/devd/hastconf.conf', 'on the nodes: wakes the agent'],
  [AGENT, 'on the nodes: the agent'],
  [RC_SCRIPT, 'on the nodes: starts it after hastd and stops it before'],
  [AGENT_DIR, 'on the nodes: its configuration and key'],
  [
    '/var/db/hastconf',
    'on the nodes: its record, the journal, checksums of what was applied, backups of replaced files',
  ],
];

export const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ['HASTCONF_CARP_PASSWORD_FILE', 'Stands for --carp-password-file; the flag wins.'],
  ['NO_COLOR', 'Any value: no colours.'],
  ['XDG_STATE_HOME', 'Where logs of what was done are kept, in hastconf/.'],
];

export const EXAMPLES: readonly { text: string; lines: readonly string[] }[] = [
  { text: 'Set a pair up with questions:', lines: ['hastconf init'] },
  { text: 'Show what a changed file would do, then do it:', lines: ['hastconf plan', 'hastconf apply'] },
  {
    text: 'The same from a script, without any file, and keep one:',
    lines: [
      'hastconf --no-input apply -y --save --name pair1 \\',
      '  --node hasta=ssh:root@192.0.2.11,replication:10.77.0.1,interface:vtnet1 \\',
      '  --node hastb=ssh:root@192.0.2.12,replication:10.77.0.2,interface:vtnet1 \\',
      '  --carp-address 192.168.50.10/24 --vhid 1 \\',
      '  --resource disk0=/dev/da1 --storage ufs:disk0:/hast/disk0',
    ],
  },
  {
    text: 'On the machine that becomes primary, from seven arguments:',
    lines: ['hastconf quick hastb 10.77.0.2 192.168.50.10 tank /dev/zvol/tank/vol0 50G data'],
  },
  { text: 'Try it all without FreeBSD:', lines: ['hastconf lab demo'] },
];

/** Manual pages, with their sections. */
export const SEE_ALSO = ['carp 4', 'zfs 4', 'devd.conf 5', 'hast.conf 5', 'hastctl 8', 'hastd 8', 'zpool 8'];
