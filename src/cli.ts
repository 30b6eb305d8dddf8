import { Argument, Command, Help, InvalidArgumentError, Option } from 'commander';
import { addLabCommand } from './cli-lab.js';
import { givenFlags, specOptions } from './cli-spec.js';
import type { CommandContext, Finish, GlobalOptions, Io } from './io.js';

/** The command line as commander knows it. Commands load their code only when they run: --help stays fast. */
export function createProgram(io: Io, version: string, finish: Finish): Command {
  const program = new Command('hastconf')
    .description('Turns two FreeBSD machines into one highly available storage pair (HAST, CARP, fail-over).')
    .version(version)
    .option('-f, --file <file>', 'cluster file', 'cluster.yaml')
    .option('-y, --yes', 'carry out the plan without asking (never a consent to lose data)', false)
    .option('--json', 'print JSON on stdout, and nothing else there', false)
    .option('--no-input', 'never ask; also when stdin is no terminal')
    .option('-v, --verbose', 'show stack traces and more detail', false)
    .option('--no-color', 'no colours; also with NO_COLOR')
    .configureHelp({
      showGlobalOptions: true,
      subcommandTerm: commandTerm,
      optionDescription,
      // The longest flags leave no more on 80 columns.
      minWidthToWrap: 24,
    })
    .showHelpAfterError('(hastconf --help shows everything)');
  let chosen = program;
  program.hook('preAction', (_, command) => {
    chosen = command;
  });
  const context = (): CommandContext => ({
    io,
    global: { ...globalOptions(program, io), flags: givenFlags(chosen), save: chosen.opts().save === true },
  });
  addInitCommand(program, context, finish);
  addPlanCommand(program, context, finish);
  addApplyCommand(program, context, finish);
  addRenderCommand(program, context, finish);
  addStatusCommand(program, context, finish);
  addWaitCommand(program, context, finish);
  addAdoptCommand(program, context, finish);
  addQuickCommand(program, context, finish);
  addLabCommand(program, context, finish);
  addCompletionCommand(program, context, finish);
  return program;
}

/** In the list of commands a name is enough; quick's seven arguments would leave no room for the rest. */
function commandTerm(command: Command): string {
  return command.registeredArguments.length > 0 ? `${command.name()} …` : command.name();
}

/** As commander words it, without "(default: false)" behind every switch. */
function optionDescription(option: Option): string {
  const { description, defaultValue } = option;
  return defaultValue === false ? description : Help.prototype.optionDescription(option);
}

function globalOptions(program: Command, io: Io): GlobalOptions {
  const given = program.opts<{
    file: string;
    yes: boolean;
    json: boolean;
    input: boolean;
    verbose: boolean;
    color: boolean;
  }>();
  const plain = !given.color || (io.env.NO_COLOR ?? '') !== '' || given.json;
  return {
    ...given,
    input: given.input && io.stdin.isTTY === true,
    color: !plain && io.stdout.isTTY === true && io.stderr.isTTY === true,
  };
}

const collect = (value: string, before: readonly string[]) => [...before, value];

/** Seconds above zero. */
function seconds(value: string): number {
  const number = Number(value);
  if (!Number.isFinite(number) || number <= 0)
    throw new InvalidArgumentError('not a number of seconds above 0');
  return number;
}

function connectionOptions(command: Command): Command {
  return command.option(
    '--accept-new-host-keys',
    'trust and remember host keys that are not known yet; a changed key is refused all the same',
    false,
  );
}

/** For commands that read the cluster file: everything in it can be said on the command line as well. */
function clusterOptions(command: Command): Command {
  return saveOption(specOptions(connectionOptions(command)));
}

function saveOption(command: Command): Command {
  return command.option(
    '--save',
    'write what the flags say to the cluster file; fails if the file exists',
    false,
  );
}

const planOptions = (command: Command): Command => consentOptions(clusterOptions(command));

function consentOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--destroy <node:what>', 'consent to lose what a provider or file holds; can be repeated')
        .default([], 'none')
        .argParser(collect),
    )
    .addOption(
      new Option('--ignore-check <id>', 'go on in spite of this preflight check; can be repeated')
        .default([], 'none')
        .argParser(collect),
    );
}

function syncOptions(command: Command): Command {
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

type AddCommand = (program: Command, context: () => CommandContext, finish: Finish) => void;

const addInitCommand: AddCommand = (program, context, finish) => {
  connectionOptions(program.command('init'))
    .description(
      'ask for everything, find disks and networks on both machines, write the cluster file, set up',
    )
    .option('--plain', 'plain lines and numbered choices, for screen readers', false)
    .action((options) => finish(import('./commands/init.js').then(({ run }) => run(context(), options))));
};

/** `hastconf` alone, at most with options for the wizard, starts it where somebody can answer. */
export function orInit(argv: readonly string[], io: Io): readonly string[] {
  if (io.stdin.isTTY !== true || io.stderr.isTTY !== true) return argv;
  const rest = argv.filter((word) => word !== '--plain');
  for (let at = 0; at < rest.length; at++) {
    if (['-f', '--file'].includes(rest[at]!)) at++;
    else if (!/^(-v|-y|--verbose|--yes|--no-color|--file=.+|-f.+)$/.test(rest[at]!)) return argv;
  }
  return [...rest, 'init', ...(rest.length < argv.length ? ['--plain'] : [])];
}

const addPlanCommand: AddCommand = (program, context, finish) => {
  planOptions(program.command('plan'))
    .description('show what apply would change on each node; changes nothing')
    .option('--detailed-exitcode', 'exit 7 when there are changes', false)
    .action((options) => finish(import('./commands/plan.js').then(({ run }) => run(context(), options))));
};

const addApplyCommand: AddCommand = (program, context, finish) => {
  syncOptions(planOptions(program.command('apply')))
    .description('apply the cluster file, wait for the first synchronisation, verify, report')
    .option('--break-lock', 'take over the lock of a hastconf that is gone for good', false)
    .action((options) => finish(import('./commands/apply.js').then(({ run }) => run(context(), options))));
};

const addRenderCommand: AddCommand = (program, context, finish) => {
  saveOption(specOptions(program.command('render')))
    .description('write every generated file to DIR/<node>/<absolute path>, offline')
    .requiredOption('-o, --output <dir>', 'directory to write to')
    .option('--placeholder-secrets', 'leave a placeholder where the CARP password would stand', false)
    .action((options) => finish(import('./commands/render.js').then(({ run }) => run(context(), options))));
};

const addStatusCommand: AddCommand = (program, context, finish) => {
  clusterOptions(program.command('status'))
    .description('roles, replication, dirty bytes, CARP, mounts, services, agent')
    .option('--watch', 'show it again and again until Ctrl-C', false)
    .action((options) => finish(import('./commands/status.js').then(({ run }) => run(context(), options))));
};

const addWaitCommand: AddCommand = (program, context, finish) => {
  syncOptions(clusterOptions(program.command('wait')))
    .description('wait until every resource has zero dirty bytes; can be run again after any interruption')
    .action((options) => finish(import('./commands/wait.js').then(({ run }) => run(context(), options))));
};

const addAdoptCommand: AddCommand = (program, context, finish) => {
  connectionOptions(program.command('adopt'))
    .description("read two nodes' existing configuration into a cluster file; changes nothing on them")
    .addOption(
      new Option('--node <[user@]host[:port]>', 'one of the two nodes, or local; default: those of --file')
        .default([], 'none')
        .argParser(collect),
    )
    .addOption(
      new Option('--ssh <[user@]host[:port]>', 'the same as --node')
        .default([])
        .argParser(collect)
        .hideHelp(),
    )
    .option('--identity <file>', 'private key file for both nodes')
    .addOption(new Option('--become <how>', 'how to become root').choices(['none', 'sudo', 'doas', 'su']))
    .option('--name <name>', 'what to call the pair, where the nodes have no name for it')
    .option('-o, --output <file>', 'file to write, - for stdout; default: the cluster file (--file)')
    .option('--force', 'replace files that are there', false)
    .action((options) => finish(import('./commands/adopt.js').then(({ run }) => run(context(), options))));
};

const addQuickCommand: AddCommand = (program, context, finish) => {
  syncOptions(consentOptions(specOptions(connectionOptions(program.command('quick')))))
    .description('the whole set-up from seven arguments, as root on the machine that becomes primary')
    .argument('<remote_host>', 'the other machine, as ssh takes it: [user@]host[:port]')
    .argument('<remote_ip>', 'its address for replication')
    .argument('<carp_ip>', 'the address that moves with the storage')
    .argument('<remote_poolname>', 'ZFS pool there, in which the volume is made where it is missing')
    .argument('<vol_path>', 'the volume here: /dev/zvol/POOL/NAME or POOL/NAME')
    .argument('<vol_size>', 'its size, such as 50G')
    .argument('<hastvol_name>', 'what the HAST resource is called')
    .option('--identity <file>', 'private key file for the other machine')
    .addOption(
      new Option('--become <how>', 'how to become root there').choices(['none', 'sudo', 'doas', 'su']),
    )
    .option('--break-lock', 'take over the lock of a hastconf that is gone for good', false)
    .action((...words: unknown[]) =>
      finish(
        import('./commands/quick.js').then(({ run }) =>
          run(context(), words.slice(0, 7) as string[], words[7] as never),
        ),
      ),
    );
};

const addCompletionCommand: AddCommand = (program, context, finish) => {
  const shell = new Argument('<shell>', 'whose script').choices(['bash', 'zsh', 'fish']);
  const check = shell.parseArg!;
  // The scripts themselves ask for `nodes`; to people it is nothing.
  shell.argParser((value: string) => (value === 'nodes' ? value : check(value, undefined as never)));
  program
    .command('completion')
    .description('print a completion script for a shell; eval "$(hastconf completion bash)" takes it in')
    .addArgument(shell)
    .action((chosen) =>
      finish(import('./commands/completion.js').then(({ run }) => run(context(), program, chosen))),
    );
};
