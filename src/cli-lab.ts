import { type Command, InvalidArgumentError } from 'commander';
import type { CommandContext, Finish } from './io.js';

/** A whole number above zero. */
function count(value: string): number {
  if (!/^[1-9]\d*$/.test(value)) throw new InvalidArgumentError('not a whole number above 0');
  return Number(value);
}

/** `hastconf lab …`: two simulated nodes on this machine. */
export function addLabCommand(program: Command, context: () => CommandContext, finish: Finish): void {
  const lab = program
    .command('lab')
    .description(
      'two FreeBSD nodes on this machine to try everything on: simulated, or real machines under QEMU',
    )
    .enablePositionalOptions();
  const load = () => import('./commands/lab.js');
  withDir(lab.command('up'))
    .description('start both nodes in the background and write a cluster.yaml for them')
    .option('--image <file>', 'real FreeBSD machines under QEMU, from this .img.xz, .img or .qcow2')
    .option('--from <state>', 'real machines as `lab save` has kept them: a name, or the path of a state')
    .option('--client', 'with --image: a third machine, on the same LAN')
    .option('--accelerate <n>', 'let the nodes’ clock run this many times faster while they only wait', count)
    .option('--disk-size <bytes>', 'size of each data disk', count)
    .option('--sync-rate <bytes>', 'bytes a second that a synchronisation copies', count)
    .action((options) => finish(load().then(({ runUp }) => runUp(context(), options))));
  withDir(lab.command('down'))
    .description('stop the nodes')
    .option('--purge', 'also remove what up made', false)
    .action((options) => finish(load().then(({ runDown }) => runDown(context(), options))));
  withDir(lab.command('exec'))
    .description('run a command in a node as root; its exit code is the result')
    .argument('<node>')
    .argument('<command...>')
    .passThroughOptions()
    .action((node: string, words: string[], options) => {
      // Commander passes the `--` on that comes after the node.
      const command = words[0] === '--' ? words.slice(1) : words;
      return finish(load().then(({ runExec }) => runExec(context(), node, command, options)));
    });
  withDir(lab.command('fault'))
    .description(
      'make something go wrong (power-cut, cut-link, fill-disk …); with machines also: list, undo <name|all>',
    )
    .argument('<name>', 'see: hastconf lab fault help')
    .argument('[args...]')
    .action((name, words, options) =>
      finish(load().then(({ runFault }) => runFault(context(), name, words, options))),
    );
  withDir(lab.command('save'))
    .description('keep the state of real machines, disks and memory, for up --from; they run on')
    .argument('<name>')
    .action((name, options) => finish(load().then(({ runSave }) => runSave(context(), name, options))));
  withDir(lab.command('status'))
    .description('what the lab knows of its nodes')
    .action((options) => finish(load().then(({ runStatus }) => runStatus(context(), options))));
  withDir(lab.command('sftp', { hidden: true }))
    .description('serve SFTP of a node on stdin and stdout, for an sshd in front of it')
    .argument('<node>')
    .action((node, options) => finish(load().then(({ runSftp }) => runSftp(context(), node, options))));
  lab
    .command('demo')
    .description('the whole job: start two nodes, set them up from nothing, verify, stop them')
    .action(() => finish(import('./commands/lab-demo.js').then(({ run }) => run(context()))));
}

function withDir(command: Command): Command {
  return command.option('--dir <dir>', 'directory of the lab (default: lab)');
}
