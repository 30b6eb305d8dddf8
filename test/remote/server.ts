import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect as connectSocket, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2, { type AuthContext, type Connection, type ServerChannel, type Session } from 'ssh2';
import { parsePublic, serveSftp } from './sftp-server.js';

/** What one accepted login may look like. */
export interface ServerOptions {
  /** Public keys (one line each) that may log in. */
  keys?: readonly string[];
  password?: string;
  /** Answers that keyboard-interactive wants, one question each. */
  answers?: readonly string[];
  hostKeyType?: 'ed25519' | 'ecdsa' | 'rsa';
  /** PEM of the host key; made when missing. */
  hostKey?: string;
  /** Further host keys; hostKeyLine stays the first one's. */
  moreHostKeys?: readonly string[];
  sftp?: boolean;
  /** Called before each SFTP request is served, with its name; a status code is answered in its place. */
  onSftp?: (request: string) => number | undefined;
  /** In place of running the command: what the channel does. */
  onExec?: (command: string, channel: ServerChannel, connection: Connection) => undefined | 'run';
  /** Environment of the shell that runs the scripts. */
  env?: Readonly<Record<string, string>>;
  /** `id -u` as scripts see it; undefined: as it is, 0 when the tests do not run as root. */
  uid?: string;
  /** Directory to put before the PATH that a command string asks for: stand-ins for sudo and doas. */
  bin?: string;
  /** Command strings that a login shell would accept besides `/bin/sh -s`. */
  allowAnyCommand?: boolean;
}

export interface TestServer {
  port: number;
  /** `[127.0.0.1]:PORT TYPE BASE64`, as a known_hosts line. */
  hostKeyLine: string;
  hostKey: string;
  /** Exec strings received, in order. */
  commands: string[];
  /** Most channels that were open at once. */
  mostChannels: () => number;
  connections: () => number;
  /** Destroys every connection, as a power cut of the node would. */
  cut: () => void;
  stop: () => Promise<void>;
}

/** A key pair in OpenSSH's format. */
export function keyPair(type: 'ed25519' | 'ecdsa' | 'rsa' = 'ed25519', passphrase?: string) {
  const options = {
    ...(type === 'rsa' ? { bits: 2048 } : type === 'ecdsa' ? { bits: 256 as const } : {}),
    ...(passphrase === undefined ? {} : { passphrase, cipher: 'aes256-ctr', rounds: 4 }),
  };
  // ssh2 1.17 now and then writes a key that it cannot read back ("Malformed OpenSSH private key").
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync(type, options as never);
    if (!(ssh2.utils.parseKey(pair.private, passphrase) instanceof Error)) return pair;
  }
}

/** An ssh2 server on loopback that runs `/bin/sh -s` for real. */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const hostKey = options.hostKey ?? keyPair(options.hostKeyType).private;
  const connections = new Set<Connection>();
  const sockets = new Set<Socket>();
  const children = new Set<ChildProcess>();
  const commands: string[] = [];
  const channels = { open: 0, most: 0 };
  let total = 0;
  const server = new ssh2.Server({ hostKeys: [hostKey, ...(options.moreHostKeys ?? [])] }, (connection) => {
    total += 1;
    connections.add(connection);
    connection.on('error', () => undefined);
    connection.on('close', () => connections.delete(connection));
    connection.on('authentication', (context) => authenticate(context, options));
    connection.on('session', (accept) => {
      serve(accept(), connection, { options, commands, channels, children });
    });
    connection.on('tcpip', (accept, reject, info) => {
      const socket = connectSocket(info.destPort, info.destIP);
      socket.once('error', () => reject());
      socket.once('connect', () => {
        const channel = accept();
        channel.pipe(socket).pipe(channel);
        channel.on('close', () => socket.destroy());
      });
    });
  });
  (
    server as unknown as { _srv: { on(event: 'connection', listener: (socket: Socket) => void): void } }
  )._srv.on('connection', (socket) => {
    sockets.add(socket);
    // Small replies would wait 40 ms for the client's delayed ACK.
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const publicKey = parsePublic(hostKey);
  return {
    port,
    hostKey,
    hostKeyLine: `[127.0.0.1]:${port} ${publicKey.type} ${publicKey.getPublicSSH().toString('base64')}`,
    commands,
    mostChannels: () => channels.most,
    connections: () => total,
    cut,
    stop: async () => {
      for (const child of children) child.kill('SIGKILL');
      cut();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function authenticate(context: AuthContext, options: ServerOptions): void {
  const methods: Array<'publickey' | 'password' | 'keyboard-interactive'> = [];
  if (options.keys) methods.push('publickey');
  if (options.password !== undefined) methods.push('password');
  if (options.answers) methods.push('keyboard-interactive');
  const refuse = () => context.reject(methods);
  if (context.method === 'publickey') {
    const key = (options.keys ?? [])
      .map(parsePublic)
      .find((one) => one.getPublicSSH().equals(context.key.data));
    if (!key) {
      refuse();
      return;
    }
    const { signature, blob, hashAlgo } = context;
    const valid = !signature || key.verify(blob as Buffer, signature, hashAlgo) === true;
    if (valid) context.accept();
    else refuse();
    return;
  }
  if (context.method === 'password' && options.password !== undefined) {
    if (context.password === options.password) context.accept();
    else refuse();
    return;
  }
  if (context.method === 'keyboard-interactive' && options.answers) {
    const { answers } = options;
    const prompts = answers.map((_, at) => ({
      prompt: at === 0 ? 'Password for root@node:' : `Code ${at}:`,
      echo: false,
    }));
    context.prompt(prompts, (given) => {
      if (given.length === answers.length && given.every((one, at) => one === answers[at])) context.accept();
      else refuse();
    });
    return;
  }
  refuse();
}

interface Serving {
  options: ServerOptions;
  commands: string[];
  channels: { open: number; most: number };
  children: Set<ChildProcess>;
}

function serve(session: Session, connection: Connection, serving: Serving): void {
  const { options, commands, channels, children } = serving;
  session.on('pty', (accept) => accept?.());
  if (options.sftp) {
    session.on('sftp', (accept) => serveSftp(accept(), options.onSftp ?? (() => undefined)));
  }
  session.on('exec', (accept, reject, info) => {
    commands.push(info.command);
    if (info.command !== '/bin/sh -s' && !options.allowAnyCommand && !options.onExec) {
      reject?.();
      return;
    }
    const channel = accept();
    channels.open += 1;
    channels.most = Math.max(channels.most, channels.open);
    channel.on('close', () => {
      channels.open -= 1;
    });
    if (options.onExec && options.onExec(info.command, channel, connection) !== 'run') return;
    run(info.command, channel, options, children);
  });
}

/** A shell that answers `id -u` as the test wants it: the tests need no root, and can lack it. */
function run(
  command: string,
  channel: ServerChannel,
  options: ServerOptions,
  children: Set<ChildProcess>,
): void {
  const uid = options.uid ?? (process.getuid?.() === 0 ? undefined : '0');
  const child = spawn('/bin/sh', command === '/bin/sh -s' ? ['-s'] : ['-c', withBin(command, options.bin)], {
    env: { ...process.env, ...options.env },
    detached: true,
  });
  children.add(child);
  child.on('close', (code, signal) => {
    children.delete(child);
    if (code !== null) channel.exit(code);
    else channel.exit((signal ?? 'SIGKILL').slice(3));
    channel.end();
  });
  if (uid !== undefined) child.stdin.write(`id() { echo ${uid}; }\n`);
  child.stdin.on('error', () => undefined);
  channel.pipe(child.stdin);
  child.stdout.on('data', (chunk) => channel.write(chunk));
  child.stderr.on('data', (chunk) => channel.stderr.write(chunk));
}

function withBin(command: string, bin: string | undefined): string {
  return bin === undefined ? command : command.replace('PATH=', `PATH=${bin}:`);
}

/** A scratch directory with an ssh_config that keeps the tests away from the user's own files. */
export async function sshHome(config = '') {
  const dir = await mkdtemp(join(tmpdir(), 'hastconf-remote-'));
  const knownHosts = join(dir, 'known_hosts');
  const configFile = join(dir, 'config');
  const lines = [
    config,
    'Host *',
    'IdentityAgent none',
    `IdentityFile ${join(dir, 'id')}`,
    `UserKnownHostsFile ${knownHosts}`,
    'GlobalKnownHostsFile none',
    'HashKnownHosts no',
  ];
  await writeFile(configFile, `${lines.join('\n')}\n`);
  return { dir, knownHosts, configFile, remove: () => rm(dir, { recursive: true, force: true }) };
}
