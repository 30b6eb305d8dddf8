import { execFileSync } from 'node:child_process';
import { chmod, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ExitCode } from '../../src/errors.js';
import { connect, sshCommandFor } from '../../src/remote/connect.js';
import type { ConnectOptions } from '../../src/remote/options.js';
import { Secret } from '../../src/spec/secret.js';
import type { NodeSpec, SshSpec } from '../../src/spec/types.js';
import { keyPair, type ServerOptions, sshHome, startServer, type TestServer } from './server.js';

const cleanups: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function home(config?: string) {
  const made = await sshHome(config);
  cleanups.push(made.remove);
  return made;
}

async function server(options: ServerOptions): Promise<TestServer> {
  const made = await startServer(options);
  cleanups.push(made.stop);
  return made;
}

function nodeAt(ssh: Partial<SshSpec>): NodeSpec {
  return {
    name: 'hasta',
    ssh: { host: '127.0.0.1', user: 'root', become: 'none', ...ssh },
    replication: '10.77.0.1',
    interface: 'vtnet1',
  };
}

const refused = (more: object) =>
  expect.objectContaining({ exit: ExitCode.Unreachable, node: 'hasta', ...more });
const saying = (text: string) => expect.stringContaining(text);

/** Connects, runs one command, closes; what the command said. */
async function greet(node: NodeSpec, options: ConnectOptions): Promise<string> {
  const target = await connect(node, options);
  try {
    return (await target.exec(['echo', 'hello'])).stdout;
  } finally {
    await target.close();
  }
}

/** Answers questions in turn and keeps what was asked. */
function person(...answers: string[]) {
  const asked: string[] = [];
  const askSecret = async (prompt: string) => {
    asked.push(prompt);
    const answer = answers.shift();
    if (answer === undefined) throw new Error(`unexpected question: ${prompt}`);
    return new Secret(answer);
  };
  return { asked, askSecret };
}

describe('host keys', () => {
  async function pair(known: (line: string) => string, more: ServerOptions = {}, config?: string) {
    const key = keyPair();
    const files = await home(config);
    const node = await server({ keys: [key.public], ...more });
    await writeFile(join(files.dir, 'id'), key.private, { mode: 0o600 });
    await writeFile(files.knownHosts, known(node.hostKeyLine));
    const options: ConnectOptions = { acceptNewHostKeys: false, sshConfigFile: files.configFile };
    return { files, node, options, spec: nodeAt({ port: node.port }) };
  }

  it('takes a known one', async () => {
    const { spec, options } = await pair((line) => line);
    expect(await greet(spec, options)).toBe('hello\n');
  });

  it('takes one from a further file', async () => {
    const { spec, options, files, node } = await pair(() => '');
    const extra = join(files.dir, 'beside-the-cluster-file');
    await writeFile(extra, `${node.hostKeyLine}\n`);
    expect(await greet(spec, { ...options, knownHostsFiles: [extra] })).toBe('hello\n');
    expect(await readFile(files.knownHosts, 'utf8')).toBe('');
  });

  it('believes a further file only of hosts that the user’s own files do not know', async () => {
    const old = keyPair().public.split(' ').slice(0, 2).join(' ');
    const { spec, options, files, node } = await pair((line) => `${line.split(' ')[0]} ${old}\n`);
    const extra = join(files.dir, 'beside-the-cluster-file');
    await writeFile(extra, `${node.hostKeyLine}\n`);
    const how = { ...options, knownHostsFiles: [extra], confirmHostKey: async () => true };
    await expect(connect(spec, how)).rejects.toEqual(refused({ message: saying('it has changed') }));
    await writeFile(files.knownHosts, `${node.hostKeyLine}\n`);
    await writeFile(extra, `${node.hostKeyLine.split(' ')[0]} ${old}\n`);
    expect(await greet(spec, how)).toBe('hello\n');
    await writeFile(extra, `@revoked ${node.hostKeyLine}\n`);
    await expect(connect(spec, how)).rejects.toEqual(refused({ message: saying('@revoked') }));
  });

  it('follows UserKnownHostsFile into names with spaces', async () => {
    const { spec, options, files, node } = await pair(() => '');
    const odd = join(files.dir, 'known hosts of mine');
    await writeFile(odd, `${node.hostKeyLine}\n`);
    const config = await readFile(files.configFile, 'utf8');
    const lists = `UserKnownHostsFile "${files.dir}/none at all" "${odd}"`;
    await writeFile(files.configFile, config.replace(/UserKnownHostsFile .*/, lists));
    expect(await greet(spec, options)).toBe('hello\n');
  });

  it.each(['a list of keys', 'a KRL'])('refuses one that RevokedHostKeys has in %s', async (how) => {
    const { spec, options, files, node } = await pair((line) => line);
    const [, ...words] = node.hostKeyLine.split(' ');
    const revoked = join(files.dir, 'revoked');
    const config = await readFile(files.configFile, 'utf8');
    await writeFile(files.configFile, `RevokedHostKeys ${revoked}\n${config}`);
    const write = async (line: string) => {
      await writeFile(join(files.dir, 'one.pub'), `${line}\n`);
      if (how === 'a KRL')
        execFileSync('ssh-keygen', ['-q', '-k', '-f', revoked, join(files.dir, 'one.pub')]);
      else await writeFile(revoked, `# gone\n${line}\n`);
    };
    await write(keyPair().public);
    expect(await greet(spec, options)).toBe('hello\n');
    await write(words.join(' '));
    await expect(connect(spec, options)).rejects.toEqual(
      refused({ message: saying('RevokedHostKeys lists it') }),
    );
    await rm(revoked);
    await expect(connect(spec, options)).rejects.toEqual(
      refused({ message: saying('RevokedHostKeys cannot be read') }),
    );
  });

  it('never goes on with defaults where ssh does not take its configuration', async () => {
    const { spec, options, files } = await pair((line) => line);
    const config = await readFile(files.configFile, 'utf8');
    await writeFile(files.configFile, `${config}\nNoSuchKeyword yes\n`);
    await expect(connect(spec, options)).rejects.toEqual(
      refused({ message: saying('ssh does not say how to connect: ') }),
    );
  });

  it('refuses an unknown one before any authentication, with its fingerprint', async () => {
    const { spec, options } = await pair(() => '');
    await expect(connect(spec, options)).rejects.toEqual(
      refused({
        message: saying('known_hosts'),
        detail: saying('SHA256:'),
        remedy: saying('--accept-new-host-keys'),
      }),
    );
  });

  it('remembers an unknown one that may be accepted', async () => {
    const { spec, options, files, node } = await pair(() => 'other.example ssh-ed25519 AAAA');
    expect(await greet(spec, { ...options, acceptNewHostKeys: true })).toBe('hello\n');
    expect(await readFile(files.knownHosts, 'utf8')).toBe(
      `other.example ssh-ed25519 AAAA\n${node.hostKeyLine}\n`,
    );
    expect(await greet(spec, options)).toBe('hello\n');
  });

  it('asks about an unknown one, and takes no for an answer', async () => {
    const { spec, options, files, node } = await pair(() => '');
    const questions: unknown[] = [];
    const ask = (answer: boolean) => async (question: unknown) => {
      questions.push(question);
      return answer;
    };
    await expect(connect(spec, { ...options, confirmHostKey: ask(false) })).rejects.toEqual(refused({}));
    expect(await readFile(files.knownHosts, 'utf8')).toBe('');
    expect(await greet(spec, { ...options, confirmHostKey: ask(true) })).toBe('hello\n');
    expect(questions[0]).toEqual({
      host: '127.0.0.1',
      port: node.port,
      keyType: 'ssh-ed25519',
      fingerprint: saying('SHA256:'),
    });
  });

  it.each([false, true])(
    'refuses a changed one, even with acceptNewHostKeys %s',
    async (acceptNewHostKeys) => {
      const other = keyPair().public.split(' ').slice(0, 2).join(' ');
      const { spec, options } = await pair((line) => `${line.split(' ')[0]} ${other}\n`);
      const confirmHostKey = async () => true;
      await expect(connect(spec, { ...options, acceptNewHostKeys, confirmHostKey })).rejects.toEqual(
        refused({
          message: saying('changed'),
          detail: expect.stringMatching(/shown: .*SHA256:[\s\S]*known: .*SHA256:\S+ in \S+, line 1$/),
          remedy: saying('ssh-keygen -R'),
        }),
      );
    },
  );

  it('takes another type for a changed key, not for a new host', async () => {
    const other = keyPair('ecdsa').public.split(' ').slice(0, 2).join(' ');
    const { spec, options } = await pair((line) => `${line.split(' ')[0]} ${other}\n`);
    await expect(connect(spec, { ...options, acceptNewHostKeys: true })).rejects.toEqual(
      refused({ message: saying('changed') }),
    );
  });

  it('honours @revoked', async () => {
    const { spec, options } = await pair(
      (line) => `${line}\n@revoked * ${line.split(' ').slice(1).join(' ')}\n`,
    );
    await expect(connect(spec, options)).rejects.toEqual(refused({ message: saying('revoked') }));
  });

  it('asks for the key type that is known', async () => {
    const { spec, options } = await pair((line) => line, {
      hostKeyType: 'rsa',
      moreHostKeys: [keyPair('ed25519').private, keyPair('ecdsa').private],
    });
    expect(await greet(spec, options)).toBe('hello\n');
  });

  it('leaves StrictHostKeyChecking yes its no, and its accept-new its yes', async () => {
    const strict = await pair(() => '', {}, 'StrictHostKeyChecking yes');
    const confirmHostKey = async () => true;
    await expect(connect(strict.spec, { ...strict.options, confirmHostKey })).rejects.toEqual(refused({}));
    const open = await pair(() => '', {}, 'StrictHostKeyChecking accept-new');
    expect(await greet(open.spec, open.options)).toBe('hello\n');
  });
});

describe('authentication', () => {
  async function login(options: ServerOptions, files: Record<string, string> = {}) {
    const made = await home();
    const node = await server(options);
    await writeFile(made.knownHosts, `${node.hostKeyLine}\n`);
    for (const [name, content] of Object.entries(files))
      await writeFile(join(made.dir, name), content, { mode: 0o600 });
    const connectOptions: ConnectOptions = { acceptNewHostKeys: false, sshConfigFile: made.configFile };
    return { spec: nodeAt({ port: node.port }), options: connectOptions, dir: made.dir };
  }

  it.each(['ed25519', 'ecdsa', 'rsa'] as const)('logs in with an %s key', async (type) => {
    const key = keyPair(type);
    const { spec, options } = await login({ keys: [key.public] }, { id: key.private });
    expect(await greet(spec, options)).toBe('hello\n');
  });

  it('prefers the identity of the cluster file', async () => {
    const key = keyPair();
    const made = await login({ keys: [key.public] }, { mine: key.private });
    const spec = nodeAt({ ...made.spec.ssh, identity: join(made.dir, 'mine') });
    expect(await greet(spec, made.options)).toBe('hello\n');
  });

  it('asks for a passphrase only when the server wants the key, and again when it is wrong', async () => {
    const key = keyPair('ed25519', 'open sesame');
    const { spec, options } = await login({ keys: [key.public] }, { id: key.private });
    const { asked, askSecret } = person('wrong', 'open sesame');
    expect(await greet(spec, { ...options, askSecret })).toBe('hello\n');
    expect(asked).toEqual([saying('Passphrase for key'), saying('Wrong passphrase.')]);
    expect(await greet(spec, { ...options, askSecret })).toBe('hello\n');

    const unwanted = await login({ keys: [keyPair().public], password: 'pw' }, { id: key.private });
    const other = person('pw');
    expect(await greet(unwanted.spec, { ...unwanted.options, askSecret: other.askSecret })).toBe('hello\n');
    expect(other.asked).toEqual([saying('Password for root@127.0.0.1 (hasta)')]);
  });

  it('says what is wrong with a locked key when nobody may be asked', async () => {
    const key = keyPair('ed25519', 'open sesame');
    const { spec, options } = await login({ keys: [key.public] }, { id: key.private });
    await expect(connect(spec, options)).rejects.toEqual(refused({ detail: saying('needs a passphrase') }));
  });

  it('answers keyboard-interactive, several questions', async () => {
    const { spec, options } = await login({ answers: ['secret', '123456'] });
    const { asked, askSecret } = person('secret', '123456');
    expect(await greet(spec, { ...options, askSecret })).toBe('hello\n');
    expect(asked).toEqual(['hasta: Password for root@node: ', 'hasta: Code 1: ']);
  });

  it('asks three times for a password, then tells what was tried and offered', async () => {
    const { spec, options } = await login({ keys: [], password: 'right' });
    const { asked, askSecret } = person('one', 'two', 'three');
    const failure = await connect(spec, { ...options, askSecret }).catch((error: unknown) => error);
    expect(failure).toEqual(
      refused({
        message: saying('authentication as root@127.0.0.1'),
        detail: expect.stringMatching(/tried: .*password\nthe server offers: publickey, password/),
        remedy: saying(sshCommandFor(spec)),
      }),
    );
    expect(asked).toHaveLength(3);
    expect(JSON.stringify(failure) + String(failure)).not.toMatch(/one|two|three/);
  });

  it('never asks without someone to ask', async () => {
    const { spec, options } = await login({ password: 'right', answers: ['right'] });
    await expect(connect(spec, options)).rejects.toEqual(
      refused({ detail: saying('offers: password, keyboard-interactive'), remedy: saying('on a terminal') }),
    );
  });

  it('passes on a question that was broken off', async () => {
    const { spec, options } = await login({ answers: ['right'] });
    const broken = new Error('closed by the user');
    await expect(connect(spec, { ...options, askSecret: () => Promise.reject(broken) })).rejects.toBe(broken);
  });

  it('does not count a person’s thinking time', async () => {
    const { spec, options } = await login({ password: 'right' });
    const askSecret = async () => {
      await new Promise((resolve) => setTimeout(resolve, 1500));
      return new Secret('right');
    };
    expect(await greet(spec, { ...options, timeoutMs: 1000, askSecret })).toBe('hello\n');
  });
});

describe('unreachable', () => {
  const options: ConnectOptions = { acceptNewHostKeys: false, sshConfigFile: '/dev/null' };

  it('says that nothing listens, with the ssh command that shows it', async () => {
    const probe = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => probe.once('listening', resolve));
    const { port } = probe.address() as { port: number };
    await new Promise((resolve) => probe.close(resolve));
    await expect(connect(nodeAt({ port }), options)).rejects.toEqual(
      refused({
        message: saying('refused the connection'),
        remedy: saying(`ssh -v -p ${port} root@127.0.0.1 true`),
      }),
    );
  });

  it.each([
    ['never speaks', () => undefined, 'no SSH login at 127.0.0.1 within 0.2 s'],
    ['hangs up', (socket: { destroy(): unknown }) => void socket.destroy(), 'closed the connection'],
    [
      'is no sshd',
      (socket: { end(text: string): unknown }) => void socket.end('HTTP/1.1 400\r\n\r\n'),
      '127.0.0.1',
    ],
  ])('says it when the server %s', async (_what, onSocket, words) => {
    const odd = createServer(onSocket).listen(0, '127.0.0.1');
    await new Promise((resolve) => odd.once('listening', resolve));
    const { port } = odd.address() as { port: number };
    await expect(connect(nodeAt({ port }), { ...options, timeoutMs: 200 })).rejects.toEqual(
      refused({ message: saying(words) }),
    );
    odd.close();
  });

  it('can be interrupted', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const { port } = silent.address() as { port: number };
    const abort = new AbortController();
    const connecting = connect(nodeAt({ port }), { ...options, signal: abort.signal });
    silent.once('connection', () => abort.abort());
    await expect(connecting).rejects.toMatchObject({ exit: ExitCode.Interrupted });
    silent.close();
  });
});

describe('ssh_config', () => {
  it('is followed: HostName, Port, User, IdentityFile, and ProxyJump with its own host key', async () => {
    const key = keyPair();
    const [jump, node] = [await server({ keys: [key.public] }), await server({ keys: [key.public] })];
    const made = await home(
      `Host hasta\nHostName 127.0.0.1\nPort ${node.port}\nUser root\nProxyJump bastion\n` +
        `Host bastion\nHostName 127.0.0.1\nPort ${jump.port}\nUser guest\n`,
    );
    await writeFile(join(made.dir, 'id'), key.private, { mode: 0o600 });
    await chmod(made.dir, 0o700);
    const options: ConnectOptions = { acceptNewHostKeys: false, sshConfigFile: made.configFile };
    const spec: NodeSpec = { ...nodeAt({}), ssh: { host: 'hasta', become: 'none' } };
    await writeFile(made.knownHosts, `${node.hostKeyLine}\n`);
    await expect(connect(spec, options)).rejects.toEqual(refused({ message: saying(String(jump.port)) }));
    const asked: unknown[] = [];
    const confirmHostKey = async (question: unknown) => asked.push(question) < 0;
    await expect(connect(spec, { ...options, confirmHostKey })).rejects.toThrow();
    // The question names the hop, and what it is a hop to.
    expect(asked).toEqual([expect.objectContaining({ port: jump.port, jumpTo: 'hasta' })]);
    await writeFile(made.knownHosts, `${node.hostKeyLine}\n${jump.hostKeyLine}\n`);
    const target = await connect(spec, options);
    expect((await target.exec(['echo', 'through'])).stdout).toBe('through\n');
    expect(target.counters.connections).toBe(2);
    await target.close();
    expect(jump.connections()).toBe(3);
  });

  it('makes new known_hosts files for the owner only', async () => {
    const key = keyPair();
    const node = await server({ keys: [key.public] });
    const made = await home();
    const config = await readFile(made.configFile, 'utf8');
    const fresh = join(made.dir, 'new', 'known_hosts');
    await writeFile(made.configFile, config.replace(made.knownHosts, fresh));
    await writeFile(join(made.dir, 'id'), key.private, { mode: 0o600 });
    const options: ConnectOptions = { acceptNewHostKeys: true, sshConfigFile: made.configFile };
    await greet(nodeAt({ port: node.port }), options);
    expect((await stat(fresh)).mode & 0o777).toBe(0o600);
    expect((await stat(join(made.dir, 'new'))).mode & 0o777).toBe(0o700);
  });
});

describe('sshCommandFor', () => {
  it('quotes, and names port, key and user', () => {
    expect(sshCommandFor(nodeAt({ host: 'a b', port: 2222, user: 'me', identity: "/k'1" }))).toBe(
      `ssh -v -p 2222 -i '/k'\\''1' 'me@a b' true`,
    );
    expect(sshCommandFor(nodeAt({ host: 'hasta', port: 22 }))).toBe('ssh -v root@hasta true');
  });
});
