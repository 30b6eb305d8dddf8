import type { Command } from 'commander';

import { breakLockOption, clusterOptions, seconds } from './cli-options.js';
import type { CommandContext, Finish } from './io.js';

type AddCommand = (program: Command, context: () => CommandContext, finish: Finish) => void;

/** The commands for a pair that lives: moves, drills, repairs. */
export const addLifeCommands: AddCommand = (program, context, finish) => {
  addSwitchoverCommand(program, context, finish);
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
