import type { CompletedCommand, CompletedOption, Kind } from './model.js';

/** Completion for fish 3 and later. */
export function fishCompletion(program: CompletedCommand): string {
  const top = program.commands.map((command) => command.path.at(-1)!);
  return `# hastconf completion for fish: hastconf completion fish | source
function __hastconf_nodes
  set -l words (commandline -opc)
  set -l file cluster.yaml
  for at in (seq (count $words))
    if contains -- $words[$at] -f --file; and set -q words[(math $at + 1)]
      set file $words[(math $at + 1)]
    end
  end
  hastconf -f $file completion nodes 2>/dev/null
end
complete -c hastconf -f
${program.options.map((option) => optionLine(option, '')).join('\n')}
${program.commands.map((command) => commandLine(command, `not __fish_seen_subcommand_from ${top.join(' ')}`)).join('\n')}
${program.commands.map((command) => below(command, `__fish_seen_subcommand_from ${command.path[0]}`)).join('\n')}
`;
}

function below(command: CompletedCommand, seen: string): string {
  const { options, commands, args } = command;
  const names = commands.map(({ path }) => path.at(-1)!);
  const without =
    names.length === 0 ? seen : `${seen}; and not __fish_seen_subcommand_from ${names.join(' ')}`;
  const [first] = args;
  const words = first === undefined || commands.length > 0 ? '' : values(first);
  return [
    ...options.map((option) => optionLine(option, without)),
    ...commands.map((one) => commandLine(one, without)),
    ...commands.map((one) => below(one, `${seen}; and __fish_seen_subcommand_from ${one.path.at(-1)}`)),
    ...(words === '' || words === '-x' ? [] : [`complete -c hastconf -n ${quoted(seen)} ${words}`]),
  ].join('\n');
}

function commandLine({ path, description }: CompletedCommand, when: string): string {
  return `complete -c hastconf -n ${quoted(when)} -a ${path.at(-1)} -d ${quoted(description)}`;
}

function optionLine({ names, description, value }: CompletedOption, when: string): string {
  const forms = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  return [
    'complete -c hastconf',
    ...(when === '' ? [] : [`-n ${quoted(when)}`]),
    ...forms,
    ...(value === undefined ? [] : [values(value)]),
    `-d ${quoted(description)}`,
  ].join(' ');
}

function values(kind: Kind): string {
  if (kind === 'file') return '-r -F';
  if (kind === 'directory') return "-x -a '(__fish_complete_directories)'";
  if (kind === 'node') return "-x -a '(__hastconf_nodes)'";
  return kind === 'none' ? '-x' : `-x -a ${quoted(kind.join(' '))}`;
}

/** fish knows only these two escapes in single quotes. */
function quoted(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`;
}
