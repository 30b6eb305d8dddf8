import type { ChildProcess } from 'node:child_process';
import type { ServerChannel, Session } from 'ssh2';
import { killGroup } from '../shell/child.js';
import { csh } from '../shell/csh.js';
import { NODE_ENVIRONMENT } from '../shell/jail.js';
import type { LabNode } from '../shell/node.js';

/** Who a session belongs to. */
export interface Login {
  user: string;
  /** Of the TCP connection: `ADDRESS PORT SERVER-ADDRESS SERVER-PORT`. */
  connection: string;
}

/** Environment that sshd and csh's start-up files give a command. */
export function loginEnvironment(login: Login): Record<string, string> {
  const home = login.user === 'root' ? '/root' : `/home/${login.user}`;
  return {
    ...NODE_ENVIRONMENT,
    HOME: home,
    LOGNAME: login.user,
    USER: login.user,
    SSH_CONNECTION: login.connection,
    SSH_CLIENT: login.connection.split(' ').toSpliced(2, 1).join(' '),
    // Tells the lab's programs that this is not root.
    ...(login.user === 'root' ? {} : { LAB_USER: login.user }),
  };
}

/** Lets one session run a command line, through the login shell as sshd does. */
export function serveExec(session: Session, node: LabNode, login: Login, channel: () => void): void {
  let child: ChildProcess | undefined;
  let terminal = false;
  session.on('pty', (accept) => {
    terminal = true;
    accept?.();
  });
  session.on('env', (accept) => accept?.());
  session.on('signal', (accept, _reject, info) => {
    accept?.();
    if (child) killGroup(child, `SIG${info.name}` as NodeJS.Signals);
  });
  session.on('exec', (accept, _reject, info) => {
    channel();
    const stream = accept();
    const env = { ...loginEnvironment(login), ...(terminal ? { LAB_TTY: '1' } : {}) };
    run(stream, node, info.command, env).then(
      (started) => {
        child = started;
      },
      (error: unknown) => fail(stream, String(error)),
    );
  });
  session.on('shell', (accept) => {
    channel();
    fail(accept(), 'lab: not modelled: an interactive login; name a command');
  });
}

async function run(
  stream: ServerChannel,
  node: LabNode,
  command: string,
  env: Record<string, string>,
): Promise<ChildProcess> {
  const { script } = csh(command, env);
  const child = await node.spawn(['/bin/sh', '-c', `cd 2>/dev/null\n${script}`], { env });
  relay(stream, child);
  return child;
}

/** Connects a process to a channel, byte for byte; as sshd, ends the channel when its output has ended. */
export function relay(stream: ServerChannel, child: ChildProcess): void {
  const { stdin, stdout, stderr } = child;
  if (!stdin || !stdout || !stderr) throw new Error('a session needs pipes');
  for (const end of [stream, stream.stderr, stdin, stdout, stderr]) end.on('error', () => undefined);
  stream.pipe(stdin);
  stdout.pipe(stream, { end: false });
  stderr.pipe(stream.stderr, { end: false });
  // The process goes on when its client is gone, until it writes into the closed pipe.
  stream.once('close', () => {
    stdin.end();
    stdout.destroy();
    stderr.destroy();
  });
  child.once('exit', (code, signal) => {
    if (signal) stream.exit(signal.replace(/^SIG/, ''));
    else stream.exit(code ?? 255);
  });
  child.once('close', () => {
    stream.end();
    stream.close();
  });
}

function fail(stream: ServerChannel, message: string): void {
  stream.stderr.write(`${message}\n`);
  stream.exit(127);
  stream.end();
}
