import { Argument, Command, Help, Option } from 'commander';
import { addLabCommand } from './cli-lab.js';
import { addLifeCommands } from './cli-life.js';
import {
  clusterOptions,
  collect,
  connectionOptions,
  consentOptions,
  planOptions,
  saveOption,
  seconds,
  syncOptions,
} from './cli-options.js';
import { givenFlags, specOptions } from './cli-spec.js';
import { CHECK_IDS } from './doctor/ids.js';
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
    io: withColor(program, io),
    global: { ...globalOptions(program, io), flags: givenFlags(chosen), save: chosen.opts().save === true },
  });
  addInitCommand(program, context, finish);
  addPlanCommand(program, context, finish);
  addApplyCommand(program, context, finish);
  addRenderCommand(program, context, finish);
  addStatusCommand(program, context, finish);
  addWaitCommand(program, context, finish);
  addDoctorCommand(program, context, finish);
  addLifeCommands(program, context, finish);
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

/** Prompts and progress ask the environment about colour: --no-color speaks to them as NO_COLOR does. */
function withColor(program: Command, io: Io): Io {
  return program.opts<{ color: boolean }>().color ? io : { ...io, env: { ...io.env, NO_COLOR: '1' } };
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
    .option(
      '--pf-anchor',
      'also rules for pf that let the pair and its services through; loaded by hand',
      false,
    )
    .action((options) => finish(import('./commands/render.js').then(({ run }) => run(context(), options))));
};

const addStatusCommand: AddCommand = (program, context, finish) => {
  clusterOptions(program.command('status'))
    .description(
      'roles, replication, dirty bytes, CARP, mounts, services, agent; exit 0 only when all is well',
    )
    .option('--watch', 'show it again and again until Ctrl-C', false)
    .option('--interval <seconds>', 'seconds between two samples of --watch', seconds, 2)
    .option('--metrics', 'print it in the text format of Prometheus', false)
    .action((options) => finish(import('./commands/status.js').then(({ run }) => run(context(), options))));
};

const addWaitCommand: AddCommand = (program, context, finish) => {
  syncOptions(clusterOptions(program.command('wait')))
    .description('wait until every resource has zero dirty bytes; can be run again after any interruption')
    .action((options) => finish(import('./commands/wait.js').then(({ run }) => run(context(), options))));
};

const addDoctorCommand: AddCommand = (program, context, finish) => {
  clusterOptions(program.command('doctor'))
    .description('named checks of the pair: what each one means, what it saw, and the command that fixes it')
    .addArgument(new Argument('[check...]', 'run these checks only; --list shows them').choices(CHECK_IDS))
    .option('--list', 'show every check and run none', false)
    .option('--all', 'run also the checks that are otherwise run only by name', false)
    .option('--fix', 'make the repairs that can do no harm, after asking', false)
    .addOption(
      new Option('--ignore <check>', 'show a failure of this check as a warning; can be repeated')
        .default([], 'none')
        .argParser(collect),
    )
    .action((checks: string[], options) =>
      finish(import('./commands/doctor.js').then(({ run }) => run(context(), checks, options))),
    );
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
    .addOption(
      new Option(
        '--serve <how>',
        'nfs: a file system, exported to the network of <carp_ip>; iscsi: one target; default: the bare device',
      ).choices(['nfs', 'iscsi']),
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
