import { type Command, InvalidArgumentError, Option } from 'commander';
import { specOptions } from './cli-spec.js';
import { IGNORABLE_CHECKS } from './plan/ignorable.js';

export const collect = (value: string, before: readonly string[]) => [...before, value];

/** Seconds above zero. */
export function seconds(value: string): number {
  const number = Number(value);
  if (!Number.isFinite(number) || number <= 0)
    throw new InvalidArgumentError('not a number of seconds above 0');
  return number;
}

export function connectionOptions(command: Command): Command {
  return command.option(
    '--accept-new-host-keys',
    'trust and remember host keys that are not known yet; a changed key is refused all the same',
    false,
  );
}

/** For commands that read the cluster file: everything in it can be said on the command line as well. */
export function clusterOptions(command: Command): Command {
  return saveOption(specOptions(connectionOptions(command)));
}

export function saveOption(command: Command): Command {
  return command.option(
    '--save',
    'write what the flags say to the cluster file; fails if the file exists',
    false,
  );
}

export const planOptions = (command: Command): Command => consentOptions(clusterOptions(command));

/** What guards data is no check that could be ignored. */
function ignorable(value: string, before: readonly string[]): readonly string[] {
  if (IGNORABLE_CHECKS.includes(value)) return collect(value, before);
  throw new InvalidArgumentError(`it can not be ignored; these can: ${IGNORABLE_CHECKS.join(', ')}`);
}

export function consentOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--destroy <node:what>', 'consent to lose what a provider or file holds; can be repeated')
        .default([], 'none')
        .argParser(collect),
    )
    .addOption(
      new Option('--ignore-check <id>', 'go on in spite of this preflight check; can be repeated')
        .choices(IGNORABLE_CHECKS)
        .default([], 'none')
        .argParser(ignorable),
    );
}

export function syncOptions(command: Command): Command {
  return command
    .option(
      '--timeout <seconds>',
      'give up waiting for the synchronisation after this time (exit 6)',
      seconds,
    )
    .option(
      '--stall-timeout <seconds>',
      'no progress for this time, while connected, is a stall',
      seconds,
      60,
    );
}

export function breakLockOption(command: Command): Command {
  return command.option('--break-lock', 'take over the lock of a hastconf that is gone for good', false);
}
