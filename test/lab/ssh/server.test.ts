import { readFileSync } from 'node:fs';
import ssh2, {
  type Client,
  type ClientChannel,
  type ConnectConfig,
  type SFTPWrapper,
  type Stats,
} from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newKeyPair } from '../../../src/lab/keys.js';
import { LabSsh } from '../../../src/lab/ssh/server.js';
import { basicCommands, type LoneNode, loneNode } from '../lone-node.js';

const login = newKeyPair('login');
const host = newKeyPair('host');
let lone: LoneNode;
let server: LabSsh;
let up = true;
let full = false;

beforeAll(async () => {
  lone = await loneNode(basicCommands);
  server = await LabSsh.listen({
    node: lone.node,
    hostKey: host.private,
    port: 0,
    accounts: [
      { user: 'root', authorizedKeys: async () => ['# mine', login.public], password: 'sesame' },
      { user: 'operator', authorizedKeys: async () => [login.public] },
    ],
    methods: ['publickey', 'keyboard-interactive'],
    up: () => up,
    diskFull: () => full,
    sftp: true,
    latencyMs: 0,
  });
});

afterAll(async () => {
  await server.close();
  await lone.close();
});

function dial(config: ConnectConfig = {}): Promise<Client> {
  const client = new ssh2.Client();
  return new Promise((resolve, reject) => {
    client.on('ready', () => resolve(client));
    client.on('error', reject);
    client.connect({
      host: '127.0.0.1',
      port: server.port,
      username: 'root',
      privateKey: login.private,
      ...config,
    });
  });
}

interface Ended {
  code: number | null;
  signal: string | undefined;
  stdout: Buffer;
  stderr: string;
}

function ended(channel: ClientChannel): Promise<Ended> {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  let code: number | null = null;
  let signal: string | undefined;
  channel.on('data', (chunk: Buffer) => stdout.push(chunk));
  channel.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  channel.on('exit', (status: number | null, name?: string) => {
    code = status;
    signal = name;
  });
  return new Promise((resolve) => {
    channel.on('close', () =>
      resolve({ code, signal, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() }),
    );
  });
}

function open(client: Client, command: string, pty = false): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    client.exec(command, { pty }, (error, channel) => (error ? reject(error) : resolve(channel)));
  });
}

async function exec(command: string, input: string | Buffer = ''): Promise<Ended> {
  const client = await dial();
  const channel = await open(client, command);
  const result = ended(channel);
  channel.end(input);
  const answer = await result;
  client.end();
  return answer;
}

describe('a command over SSH', () => {
  it('feeds a script to /bin/sh -s and keeps exit code and both outputs apart', async () => {
    const answer = await exec('/bin/sh -s', 'X=1; echo "out $X"; echo err >&2; cat </dev/null; exit 42\n');
    expect({ ...answer, stdout: answer.stdout.toString() }).toEqual({
      code: 42,
      signal: undefined,
      stdout: 'out 1\n',
      stderr: 'err\n',
    });
  });

  it('relays any bytes in both directions', async () => {
    const bytes = Buffer.alloc(
      700_000,
      Uint8Array.from({ length: 256 }, (_, index) => index),
    );
    const answer = await exec('cat', bytes);
    expect(answer.stdout.equals(bytes)).toBe(true);
  });

  it('gives root its environment and home directory', async () => {
    const answer = await exec('/bin/sh -c "pwd; echo ~"');
    expect(answer.stdout.toString()).toBe('/root\n/root\n');
  });

  it('tells the signal that ended a command', async () => {
    const client = await dial();
    const channel = await open(client, 'exec sleep 1000');
    const result = ended(channel);
    channel.signal('TERM');
    expect(await result).toMatchObject({ signal: 'SIGTERM' });
    client.end();
  });

  it('lets a command go on when its client is gone', async () => {
    const client = await dial();
    const channel = await open(client, '/bin/sh -s');
    const started = new Promise((resolve) => channel.once('data', resolve));
    channel.write('echo go; sleep 2; echo done >/tmp/survivor\n');
    await started;
    client.destroy();
    await expect.poll(() => lone.node.files.read('/tmp/survivor')).toBe('done\n');
  });
});

describe('authentication', () => {
  it('refuses an unknown key, then offers keyboard-interactive', async () => {
    const { private: privateKey } = newKeyPair('other');
    await expect(dial({ privateKey })).rejects.toThrow(/authentication methods failed/);
    const client = new ssh2.Client();
    const prompts: string[] = [];
    await new Promise<void>((resolve, reject) => {
      client.on('keyboard-interactive', (_name, _instructions, _lang, asked, answer) => {
        prompts.push(...asked.map(({ prompt }) => prompt));
        answer(['sesame']);
      });
      client.on('ready', () => resolve()).on('error', reject);
      client.connect({ host: '127.0.0.1', port: server.port, username: 'root', tryKeyboard: true });
    });
    expect(prompts).toEqual(['(root@lab) Password for root:']);
    client.end();
  });

  it('does not offer plain passwords, as FreeBSD does not', async () => {
    const refused = dial({ privateKey: undefined as never, password: 'sesame' });
    await expect(refused).rejects.toThrow(/authentication methods failed/);
  });

  it('shows the host key it was given', async () => {
    let shown: Buffer | undefined;
    const client = await dial({
      hostVerifier: (key: Buffer) => {
        shown = key;
        return true;
      },
    });
    client.end();
    expect(shown?.toString('base64')).toBe(host.public.split(' ')[1]);
  });
});

describe('SFTP', () => {
  const within = async <T>(use: (sftp: SFTPWrapper) => Promise<T>): Promise<T> => {
    const client = await dial();
    const sftp = await new Promise<SFTPWrapper>((resolve, reject) =>
      client.sftp((error, wrapper) => (error ? reject(error) : resolve(wrapper))),
    );
    try {
      return await use(sftp);
    } finally {
      client.end();
    }
  };
  const call = <T = void>(start: (done: (error?: Error | null, value?: T) => void) => void) =>
    new Promise<T>((resolve, reject) =>
      start((error, value) => (error ? reject(error) : resolve(value as T))),
    );

  it('replaces a file atomically with the extensions of OpenSSH', async () => {
    await lone.node.files.write('/etc/target', 'old');
    await within(async (sftp) => {
      const handle = await call<Buffer>((done) => sftp.open('/etc/.new', 'wx', { mode: 0o600 }, done));
      await call((done) => sftp.write(handle, Buffer.from('new'), 0, 3, 0, done));
      await call((done) => sftp.ext_openssh_fsync(handle, done));
      await call((done) => sftp.fchown(handle, 0, 0, done));
      await call((done) => sftp.fchmod(handle, 0o640, done));
      await call((done) => sftp.close(handle, done));
      await expect(call((done) => sftp.rename('/etc/.new', '/etc/target', done))).rejects.toThrow('Failure');
      await call((done) => sftp.ext_openssh_rename('/etc/.new', '/etc/target', done));
      const stats = await call<{ mode: number; uid: number }>((done) => sftp.stat('/etc/target', done));
      expect(stats).toMatchObject({ uid: 0 });
      expect(stats.mode & 0o7777).toBe(0o640);
    });
    expect(await lone.node.files.read('/etc/target')).toBe('new');
    expect((await lone.node.run('cat /etc/target; echo more >>/etc/target')).stdout).toBe('new');
  });

  it('stays inside the node, also through links', async () => {
    await lone.node.run(
      'ln -sf /etc/passwd /tmp/absolute; ln -sf ../../../../../../etc/passwd /tmp/relative',
    );
    await lone.node.files.write('/etc/passwd', 'of the node');
    await within(async (sftp) => {
      for (const path of ['/tmp/absolute', '/tmp/relative', '/../../../etc/passwd']) {
        const content = await call<Buffer>((done) => sftp.readFile(path, done));
        expect(content.toString()).toBe('of the node');
      }
      expect(await call<string>((done) => sftp.realpath('/tmp/absolute', done))).toBe('/etc/passwd');
    });
    expect(readFileSync('/etc/passwd', 'utf8')).not.toBe('of the node');
  });

  it('lists, makes and removes directories, and tells what is missing', async () => {
    await within(async (sftp) => {
      await call((done) => sftp.mkdir('/tmp/d', done));
      await call((done) => sftp.writeFile('/tmp/d/f', 'x', done));
      const names = await call<{ filename: string }[]>((done) => sftp.readdir('/tmp/d', done));
      expect(names.map(({ filename }) => filename)).toEqual(['f']);
      await expect(call((done) => sftp.rmdir('/tmp/d', done))).rejects.toThrow('Failure');
      await call((done) => sftp.unlink('/tmp/d/f', done));
      await call((done) => sftp.rmdir('/tmp/d', done));
      await expect(call<Stats>((done) => sftp.stat('/tmp/d', done))).rejects.toMatchObject({ code: 2 });
    });
  });

  it('refuses to write on a full disk with OpenSSH’s plain Failure', async () => {
    full = true;
    try {
      await within((sftp) =>
        expect(call((done) => sftp.writeFile('/tmp/full', 'x', done))).rejects.toMatchObject({ code: 4 }),
      );
    } finally {
      full = false;
    }
  });

  it('can be switched off', async () => {
    server.sftp = false;
    try {
      await expect(within(async () => undefined)).rejects.toThrow(/subsystem/i);
    } finally {
      server.sftp = true;
    }
  });
});

describe('a lost connection', () => {
  const lost = (client: Client) => new Promise<void>((resolve) => client.on('close', () => resolve()));

  it('ends connections and refuses new ones while the node is off', async () => {
    const client = await dial();
    client.on('error', () => undefined);
    const gone = lost(client);
    up = false;
    server.cut();
    await gone;
    await expect(dial()).rejects.toThrow(/ECONNRESET|Connection lost/);
    up = true;
    (await dial()).end();
  });

  it('is cut once after a number of bytes', async () => {
    const client = await dial();
    client.on('error', () => undefined);
    const gone = lost(client);
    server.dropAfterBytes(20_000);
    const channel = await open(client, 'cat');
    channel.write(Buffer.alloc(50_000));
    await gone;
    expect((await exec('echo again')).stdout.toString()).toBe('again\n');
  });

  it('can hang without being lost', async () => {
    const client = await dial();
    server.freeze();
    const pending = open(client, 'hostname');
    const late = dial();
    const silent = Symbol('silent');
    const wait = new Promise((resolve) => setTimeout(() => resolve(silent), 100));
    expect(await Promise.race([pending, late, wait])).toBe(silent);
    server.thaw();
    expect((await ended(await pending)).stdout.toString()).toBe('hasta\n');
    client.end();
    (await late).end();
  });

  it('is cut once at the Nth channel', async () => {
    const client = await dial();
    client.on('error', () => undefined);
    server.dropAtChannel(2);
    const first = await open(client, 'hostname');
    expect((await ended(first)).code).toBe(0);
    const gone = lost(client);
    await open(client, 'hostname').catch(() => undefined);
    await gone;
    expect((await exec('echo again')).code).toBe(0);
  });
});
