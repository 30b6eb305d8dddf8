import type { Command, Option } from 'commander';
import { SpecOption } from '../cli-spec.js';

/** What a word may be, for the shell to complete. */
export type Kind = 'file' | 'directory' | 'node' | 'none' | readonly string[];

export interface CompletedOption {
  /** `-f` and `--file`, those that there are. */
  names: readonly string[];
  description: string;
  /** Undefined: no value follows. */
  value?: Kind;
  repeatable: boolean;
}

export interface CompletedCommand {
  /** Words after `hastconf`, for example `lab up`; empty for hastconf itself. */
  path: readonly string[];
  description: string;
  options: readonly CompletedOption[];
  commands: readonly CompletedCommand[];
  /** What each argument may be; the last one is for all further ones. */
  args: readonly Kind[];
}

/** What commander knows of the command line, as far as shells complete it. Hidden things are left out. */
export function completionModel(program: Command, path: readonly string[] = []): CompletedCommand {
  const help = program.createHelp();
  const commands = help.visibleCommands(program).filter((command) => command.name() !== 'help');
  return {
    path,
    description: program.description(),
    options: help.visibleOptions(program).map(completed),
    commands: commands.map((command) => completionModel(command, [...path, command.name()])),
    args: program.registeredArguments.map((argument) => argumentKind(argument.name(), argument.argChoices)),
  };
}

function completed(option: Option): CompletedOption {
  const names = [option.short, option.long].filter((name) => name !== undefined);
  const value = option.required || option.optional ? { value: optionKind(option) } : {};
  return { names, description: option.description, ...value, repeatable: isRepeatable(option) };
}

function optionKind(option: Option): Kind {
  if (option.argChoices) return option.argChoices;
  if (option instanceof SpecOption) return option.flag.choices ?? option.flag.completes ?? 'none';
  if (/<(dir|directory)>/.test(option.flags)) return 'directory';
  if (/<file>/.test(option.flags)) return 'file';
  return option.long === '--destroy' || /<node[>:]/.test(option.flags) ? 'node' : 'none';
}

function isRepeatable(option: Option): boolean {
  return option instanceof SpecOption ? option.flag.repeatable === true : Array.isArray(option.defaultValue);
}

function argumentKind(name: string, choices: readonly string[] | undefined): Kind {
  if (choices) return choices;
  if (name === 'node') return 'node';
  return name === 'vol_path' ? 'file' : 'none';
}
