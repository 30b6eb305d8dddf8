import type { CompletedCommand, CompletedOption, Kind } from './model.js';

/** Completion for zsh: a function for every command, made of _arguments' own specifications. */
export function zshCompletion(program: CompletedCommand): string {
  return `#compdef hastconf
# hastconf completion for zsh: source <(hastconf completion zsh)
_hastconf_nodes() {
  local -a nodes all=(\${(z)BUFFER})
  local place=\${all[(i)(-f|--file)]}
  nodes=(\${(f)"$(hastconf -f "\${(Q)all[place+1]:-cluster.yaml}" completion nodes 2>/dev/null)"})
  compadd -a nodes
}
${functions(program, program.options)}
if [[ $funcstack[1] == _hastconf ]]; then _hastconf "$@"; else compdef _hastconf hastconf; fi
`;
}

function functions(command: CompletedCommand, global: readonly CompletedOption[]): string {
  const { path, options, commands, args } = command;
  const all =
    path.length === 0 ? options : [...options, ...global.filter((one) => !options.some(sameAs(one)))];
  const specs = all.map(optionSpec);
  const tail =
    commands.length > 0
      ? ["'1: :->command'", "'*:: :->rest'"]
      : args.map((kind, index) => `'${index + 1}: :${action(kind)}'`);
  const body = `${nameOf(path)}() {
  local curcontext=$curcontext state line
  _arguments -C \\
    ${[...specs, ...tail].join(' \\\n    ')}
${commands.length > 0 ? dispatch(command) : ''}}`;
  return [body, ...commands.map((one) => functions(one, global))].join('\n');
}

function dispatch({ path, commands }: CompletedCommand): string {
  const described = commands.map(
    (one) => `    ${quoted(`${last(one)}:${one.description.replaceAll(':', '\\:')}`)}`,
  );
  const cases = commands.map((one) => `      ${last(one)}) ${nameOf(one.path)} ;;`);
  return `  local -a commands=(
${described.join('\n')}
  )
  case $state in
    command) _describe -t commands ${quoted(`${['hastconf', ...path].join(' ')} command`)} commands ;;
    rest) case $words[1] in
${cases.join('\n')}
    esac ;;
  esac
`;
}

function optionSpec({ names, description, value, repeatable }: CompletedOption): string {
  const text = `[${description.replace(/[[\]\\:]/g, '\\$&')}]`;
  const tail = value === undefined ? '' : `: :${action(value)}`;
  const star = repeatable ? '*' : '';
  if (names.length === 1) return quoted(`${star}${names[0]}${text}${tail}`);
  return `'(${names.join(' ')})'{${names.join(',')}}${quoted(`${text}${tail}`)}`;
}

function action(kind: Kind): string {
  if (kind === 'file') return '_files';
  if (kind === 'directory') return '_files -/';
  if (kind === 'node') return '_hastconf_nodes';
  return kind === 'none' ? '' : `(${kind.join(' ')})`;
}

function nameOf(path: readonly string[]): string {
  return ['_hastconf', ...path].join('_');
}

const last = ({ path }: CompletedCommand): string => path.at(-1)!;

const sameAs = (one: CompletedOption) => (other: CompletedOption) =>
  other.names.some((name) => one.names.includes(name));

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
