import type { CompletedCommand, CompletedOption, Kind } from './model.js';

/** Completion for bash 3.2 and later. Needs no bash-completion package. */
export function bashCompletion(program: CompletedCommand): string {
  const commands = flatten(program);
  const global = program.options;
  return `# hastconf completion for bash: eval "$(hastconf completion bash)"
_hastconf_nodes() {
  hastconf -f "\${1:-cluster.yaml}" completion nodes 2>/dev/null
}
_hastconf() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]}
  local path= file= word i skip=
  # bash makes a word of the = in --file=x as well.
  [[ $cur == = ]] && cur=
  [[ $prev == = ]] && prev=\${COMP_WORDS[COMP_CWORD-2]}
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ -n $skip ]]; then
      [[ $word == = ]] && continue
      [[ $skip == file ]] && file=$word
      skip=
      continue
    fi
    case $word in
      -f|--file) skip=file ;;
${valuedCase(commands)}
      -*) ;;
      *)
        case "$path \${word}" in
${commands
  .filter(({ path }) => path.length > 0)
  .map(
    ({ path }) =>
      `          ${quoted(pathKey(path.slice(0, -1), path.at(-1)!))}) path=${quoted(` ${path.join(' ')}`)} ;;`,
  )
  .join('\n')}
        esac ;;
    esac
  done
  COMPREPLY=()
  case $prev in
${valueCases(commands)}
  esac
  case $path in
${commands.map((command) => commandCase(command, global)).join('\n')}
  esac
}
complete -F _hastconf hastconf
`;
}

function flatten(command: CompletedCommand): CompletedCommand[] {
  return [command, ...command.commands.flatMap(flatten)];
}

/** The loop keeps the path with a blank before each word. */
function pathKey(before: readonly string[], word: string): string {
  return `${before.map((one) => ` ${one}`).join('')} ${word}`;
}

/** Options whose next word is their value, not a command. */
function valuedCase(commands: readonly CompletedCommand[]): string {
  const names = valued(commands).flatMap((option) => option.names);
  const rest = [...new Set(names)].filter((name) => name !== '-f' && name !== '--file');
  return `      ${rest.join('|')}) skip=value ;;`;
}

function valued(commands: readonly CompletedCommand[]): CompletedOption[] {
  return commands.flatMap(({ options }) => options.filter(({ value }) => value !== undefined));
}

/** A name means the same in every command, but for what it is that -o writes. */
function valueCases(commands: readonly CompletedCommand[]): string {
  const kinds = new Map<string, Kind>();
  for (const { names, value } of valued(commands)) {
    for (const name of names) {
      const known = kinds.get(name);
      kinds.set(name, known === undefined || String(known) === String(value) ? value! : 'file');
    }
  }
  return [...kinds].map(([name, kind]) => `    ${name}) ${replies(kind)} return ;;`).join('\n');
}

function replies(kind: Kind): string {
  if (kind === 'file') return files('-f');
  if (kind === 'directory') return files('-d');
  if (kind === 'node') return 'COMPREPLY=($(compgen -W "$(_hastconf_nodes "$file")" -- "$cur"));';
  return kind === 'none' ? '' : `COMPREPLY=($(compgen -W ${quoted(kind.join(' '))} -- "$cur"));`;
}

/** Names may have blanks; compopt came with bash 4. */
function files(what: '-f' | '-d'): string {
  return `local IFS=$'\\n'; compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen ${what} -- "$cur"));`;
}

function commandCase(
  { path, options, commands, args }: CompletedCommand,
  global: readonly CompletedOption[],
): string {
  const all = [...options, ...(path.length > 0 ? global : [])].flatMap(({ names }) => names);
  const dashes = `COMPREPLY=($(compgen -W ${quoted([...new Set(all)].join(' '))} -- "$cur"))`;
  const [first] = args;
  const words =
    commands.length > 0
      ? replies(commands.map((command) => command.path.at(-1)!))
      : first === undefined
        ? ':'
        : replies(first) || ':';
  const key = quoted(path.map((word) => ` ${word}`).join(''));
  return `    ${key}) if [[ $cur == -* ]]; then ${dashes}; else ${words.replace(/;$/, '')}; fi ;;`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
