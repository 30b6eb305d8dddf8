import { type Command, Option } from 'commander';
import { SPEC_FLAGS } from './spec/flags/table.js';
import { type GivenFlag, GROUPS, type SpecFlag } from './spec/flags/types.js';

/** An option that gives a value of the cluster file. */
export class SpecOption extends Option {
  readonly flag: SpecFlag;

  constructor(flag: SpecFlag, form: string) {
    super(form, flag.description);
    this.flag = flag;
    this.helpGroup(GROUPS[flag.group]);
    // Not commander's own choices: what is wrong is told together with everything else.
    if (flag.repeatable)
      this.argParser((value: string, before: readonly string[] = []) => [...before, value]);
  }
}

/** A flag for every value of the cluster file, grouped. */
export function specOptions(command: Command): Command {
  for (const flag of SPEC_FLAGS) {
    if (flag.value !== undefined) command.addOption(new SpecOption(flag, `--${flag.name} ${flag.value}`));
    else {
      command.addOption(new SpecOption(flag, `--${flag.name}`));
      command.addOption(new SpecOption(flag, `--no-${flag.name}`).hideHelp());
    }
  }
  return command;
}

/** What was given of them. */
export function givenFlags(command: Command): GivenFlag[] {
  const options = command.options.filter((option) => option instanceof SpecOption);
  return options.flatMap((option) => {
    const value: unknown = command.getOptionValue(option.attributeName());
    if (option.negate || command.getOptionValueSource(option.attributeName()) !== 'cli') return [];
    const values = Array.isArray(value) ? (value as string[]) : [value];
    return values.map((one) => ({
      flag: option.flag.name,
      value: typeof one === 'string' ? one : one === true ? 'yes' : 'no',
    }));
  });
}
