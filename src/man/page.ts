import type { Command, Help, Option } from 'commander';
import { SpecOption } from '../cli-spec.js';
import { SPEC_FLAGS } from '../spec/flags/table.js';
import { GROUPS } from '../spec/flags/types.js';
import { argument, display, prose, tagged } from './mdoc.js';
import { DATE, DESCRIPTION, ENVIRONMENT, EXAMPLES, EXITS, FILES, SEE_ALSO, SUMMARY } from './sections.js';

/** hastconf(8) in mdoc(7), from the same table and program as --help. Ends with LF. */
export function manPage(program: Command): string {
  const help = program.createHelp();
  return [
    `.Dd ${DATE}`,
    '.Dt HASTCONF 8',
    '.Os',
    section('NAME', '.Nm hastconf', `.Nd ${SUMMARY}`),
    section('SYNOPSIS', ...commandsOf(program, help).map(synopsis)),
    section('DESCRIPTION', paragraphs(DESCRIPTION)),
    section(
      'COMMANDS',
      tagged(commandsOf(program, help).map((command) => [headOf(command), bodyOf(command, help)])),
    ),
    section('OPTIONS', ...globalOptions(program, help), ...clusterOptions()),
    section('ENVIRONMENT', tagged(ENVIRONMENT.map(([name, text]) => [`Ev ${argument(name)}`, prose(text)]))),
    section('FILES', tagged(FILES.map(([path, text]) => [`Pa ${argument(path)}`, prose(text)]))),
    section('EXIT STATUS', tagged(EXITS.map(([code, text]) => [String(code), prose(text)]))),
    section(
      'EXAMPLES',
      EXAMPLES.map(({ text, lines }) => `${prose(text)}\n${display(lines)}`).join('\n.Pp\n'),
    ),
    section(
      'SEE ALSO',
      SEE_ALSO.map((page, at) => `.Xr ${page}${at === SEE_ALSO.length - 1 ? '' : ' ,'}`).join('\n'),
    ),
    '',
  ].join('\n');
}

function section(name: string, ...lines: readonly string[]): string {
  return [`.Sh ${name}`, ...lines].join('\n');
}

/** Every command that can be run, `lab up` among them, in the order of --help. */
function commandsOf(command: Command, help: Help): Command[] {
  return help
    .visibleCommands(command)
    .filter((own) => own.name() !== 'help')
    .flatMap((own) => (own.commands.length > 0 ? commandsOf(own, help) : [own]));
}

function pathOf(command: Command): string {
  return command.parent?.parent ? `${command.parent.name()} ${command.name()}` : command.name();
}

function argumentsOf(command: Command): string[] {
  return command.registeredArguments.map((own) => {
    const dots = own.variadic ? ' ...' : '';
    return `${own.required ? '' : 'Op '}Ar ${argument(own.name())}${dots}`;
  });
}

function headOf(command: Command): string {
  return [`Cm ${pathOf(command)}`, ...argumentsOf(command)].join(' ');
}

function synopsis(command: Command): string {
  const args = argumentsOf(command).map((arg) => `.${arg}`);
  return ['.Nm hastconf', `.Cm ${pathOf(command)}`, '.Op Ar options', ...args].join('\n');
}

/** What it does, what its arguments are, and the options that it alone has. */
function bodyOf(command: Command, help: Help): string {
  const own = help
    .visibleOptions(command)
    .filter((option) => !(option instanceof SpecOption) && option.long !== '--help');
  const takesFlags = command.options.some((option) => option instanceof SpecOption);
  const args = command.registeredArguments.filter(({ description }) => description !== '');
  const items = [
    ...args.map(
      (arg) => [`Ar ${argument(arg.name())}`, prose(capital(help.argumentDescription(arg)))] as const,
    ),
    ...own.map((option) => [optionHead(option), optionText(option, help)] as const),
  ];
  return [
    prose(capital(command.description())),
    ...(takesFlags ? ['It also takes the flags for values of the cluster file, see', '.Sx OPTIONS .'] : []),
    ...(items.length > 0 ? [tagged(items)] : []),
  ].join('\n');
}

function globalOptions(program: Command, help: Help): string[] {
  const options = help
    .visibleOptions(program)
    .map((option) => [optionHead(option), optionText(option, help)] as const);
  return ['.Ss For every command', tagged(options)];
}

function clusterOptions(): string[] {
  return Object.entries(GROUPS).flatMap(([group, title]) => [
    `.Ss ${prose(title.replace(/:$/, ''))}`,
    tagged(
      SPEC_FLAGS.filter((flag) => flag.group === group).map((flag) => [
        [`Fl -${flag.name}`, ...(flag.value === undefined ? [] : [`Ar ${argument(bare(flag.value))}`])].join(
          ' ',
        ),
        [
          prose(capital(flag.description)),
          ...(flag.repeatable ? ['Can be repeated.'] : []),
          ...(flag.value === undefined ? [`.Fl -no-${flag.name}`, 'undoes what the file says.'] : []),
        ].join('\n'),
      ]),
    ),
  ]);
}

function optionHead(option: Option): string {
  const forms = [option.short, option.long]
    .filter((form) => form !== undefined)
    .map((form) => `Fl ${form.slice(1)}`);
  const value = /<(.*)>/.exec(option.flags)?.[1];
  return `${forms.join(' , ')}${value === undefined ? '' : ` Ar ${argument(bare(value))}`}`;
}

/** A default of "not given" says nothing. */
function optionText(option: Option, help: Help): string {
  const text = option.defaultValue === false ? option.description : help.optionDescription(option);
  return prose(capital(text));
}

function bare(value: string): string {
  return value.replace(/^<|>$/g, '');
}

function paragraphs(texts: readonly string[]): string {
  return texts.map((text) => text.split(' %NAME% ').map(prose).join('\n.Nm\n')).join('\n.Pp\n');
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${/[.!?…]$/.test(text) ? '' : '.'}`;
}
