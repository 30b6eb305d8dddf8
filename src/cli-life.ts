import { Argument, type Command, InvalidArgumentError, Option } from 'commander';

import {
  breakLockOption,
  clusterOptions,
  collect,
  connectionOptions,
  consentOptions,
  seconds,
  syncOptions,
} from './cli-options.js';
import type { CommandContext, Finish } from './io.js';
import { parseDuration } from './spec/units.js';

type AddCommand = (program: Command, context: () => CommandContext, finish: Finish) => void;

/** The commands for a pair that lives: moves, drills, repairs. */
export const addLifeCommands: AddCommand = (program, context, finish) => {
  addSwitchoverCommand(program, context, finish);
  addDrillCommand(program, context, finish);
  addResolveCommand(program, context, finish);
  addMaintenanceCommand(program, context, finish);
  addRemoveCommand(program, context, finish);
  addReplaceCommand(program, context, finish);
};

const addSwitchoverCommand: AddCommand = (program, context, finish) => {
  breakLockOption(clusterOptions(program.command('switchover')))
    .description('move the storage to the other node as planned, and measure the interruption')
    .option('--to <node>', 'node that is to serve; default: the one that does not')
    .option('--dry-run', 'make the checks, and change nothing', false)
    .option(
      '--timeout <seconds>',
      'say after this time that it has not ended (exit 6); default: 180',
      seconds,
    )
    .action((options) =>
      finish(import('./commands/switchover.js').then(({ run }) => run(context(), options))),
    );
};

const addDrillCommand: AddCommand = (program, context, finish) => {
  breakLockOption(clusterOptions(program.command('drill')))
    .description('move the storage there and back around a marker with a checksum, and report every second')
    .addOption(
      new Option('--crash <which>', 'reboot that node without notice instead of a planned move').choices([
        'primary',
        'standby',
      ]),
    )
    .option('--consent <node>', 'consent, from a script, to crash this node')
    .option('--timeout <seconds>', 'for each move, and for a crashed node to return; default: 600', seconds)
    .action((options) => finish(import('./commands/drill.js').then(({ run }) => run(context(), options))));
};

/** `2h`, `30m` or seconds. */
function time(value: string): number {
  const parsed = parseDuration(value);
  if (parsed === undefined || parsed === 0) throw new InvalidArgumentError('not a time such as 2h or 30m');
  return parsed;
}

const addResolveCommand: AddCommand = (program, context, finish) => {
  syncOptions(breakLockOption(clusterOptions(program.command('resolve'))))
    .description('after a split-brain: show both copies side by side, ask which one stays, repair')
    .option('--winner <node>', 'node whose copy stays')
    .addOption(
      new Option('--destroy <loser:resource>', 'consent to give that copy up; once for each resource')
        .default([], 'none')
        .argParser(collect),
    )
    .option(
      '--keep-loser <file>',
      'copy what is given up to FILE.RESOURCE on its own node first; a zvol gets a snapshot anyway',
    )
    .action((options) => finish(import('./commands/resolve.js').then(({ run }) => run(context(), options))));
};

const addMaintenanceCommand: AddCommand = (program, context, finish) => {
  breakLockOption(connectionOptions(program.command('maintenance')))
    .description('no fail-over while someone works on a node; survives a reboot, and expires by itself')
    .addArgument(new Argument('<word>', 'on or off').choices(['on', 'off']))
    .option('--node <node>', 'only there; default: both')
    .option('--for <time>', 'how long, such as 30m; default: 2h', time)
    .action((word, options) =>
      finish(import('./commands/maintenance.js').then(({ run }) => run(context(), word, options))),
    );
};

const addRemoveCommand: AddCommand = (program, context, finish) => {
  breakLockOption(clusterOptions(program.command('remove')))
    .description('take away what hastconf installed; what serves goes on serving, and data stay')
    .option('--dry-run', 'show what would be taken away, and change nothing', false)
    .action((options) => finish(import('./commands/remove.js').then(({ run }) => run(context(), options))));
};

const addReplaceCommand: AddCommand = (program, context, finish) => {
  syncOptions(consentOptions(breakLockOption(connectionOptions(program.command('replace')))))
    .description('after a machine or a disk was replaced: make its copy anew from the node that serves')
    .option('--node <node>', 'this machine is new and empty, under the name of the old one')
    .option('--provider <node:resource>', 'the disk behind this resource is new')
    .option('--dry-run', 'make the checks and show the steps, and change nothing', false)
    .action((options) => finish(import('./commands/replace.js').then(({ run }) => run(context(), options))));
};
