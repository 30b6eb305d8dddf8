import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ExitCode } from '../../src/errors.js';
import { connect } from '../../src/remote/connect.js';
import type { ConnectOptions } from '../../src/remote/options.js';
import type { Target } from '../../src/remote/target.js';
import type { NodeSpec } from '../../src/spec/types.js';
import { keyPair, type ServerOptions, sshHome, startServer, type TestServer } from './server.js';

const cleanups: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A connected target whose server does as told. */
async function target(options: ServerOptions = {}): Promise<{ target: Target; server: TestServer }> {
  const key = keyPair();
  const home = await sshHome();
  cleanups.push(home.remove);
  const server = await startServer({ keys: [key.public], ...options });
  cleanups.push(server.stop);
  await writeFile(join(home.dir, 'id'), key.private, { mode: 0o600 });
  await writeFile(home.knownHosts, `${server.hostKeyLine}\n`);
  const node: NodeSpec = {
    name: 'hasta',
    ssh: { host: '127.0.0.1', port: server.port, user: 'root', become: 'none' },
    replication: '10.77.0.1',
    interface: 'vtnet1',
  };
  const connectOptions: ConnectOptions = { acceptNewHostKeys: false, sshConfigFile: home.configFile };
  const made = await connect(node, connectOptions);
  cleanups.push(() => made.close());
  return { target: made, server };
}

describe('script', () => {
  it('runs under exactly /bin/sh -s and keeps code, stdout and stderr apart', async () => {
    const { target: node, server } = await target();
    const result = await node.script('echo out; echo err >&2; exit 3\n');
    expect(result).toEqual({ code: 3, signal: null, stdout: 'out\n', stderr: 'err\n' });
    expect(server.commands).toEqual(['/bin/sh -s']);
  });

  it('keeps its script from children that read stdin', async () => {
    const { target: node } = await target();
    const result = await node.script('echo one\ncat\necho two\nsh -c "read line; echo got:\\$line"\nfalse\n');
    expect(result).toMatchObject({ code: 1, stdout: 'one\ntwo\ngot:\n' });
  });

  it.each([
    ['a comment at the end', 'echo a # done', 'a\n'],
    ['a backslash at the end', 'echo a \\', 'a\n'],
    ['a here-document', 'cat <<EOF\nb\nEOF', 'b\n'],
    ['a here-document after the exit code', 'cat <<\\EOF; exit 0\n}\nEOF', '}\n'],
    ['nothing at all', '', ''],
  ])('takes %s', async (_what, script, stdout) => {
    const { target: node } = await target();
    expect(await node.script(script)).toMatchObject({ code: 0, stdout });
  });

  it('runs nothing of a script that is not whole', async () => {
    const { target: node } = await target();
    const result = await node.script('echo started\nif true; then echo more\n');
    expect(result.stdout).toBe('');
    expect(result.code).not.toBe(0);
  });

  it('sets a PATH with sbin, whatever the login gave', async () => {
    const { target: node } = await target({ env: { PATH: '/bin' } });
    expect((await node.script('echo "$PATH"')).stdout).toBe(
      '/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin\n',
    );
  });

  it('keeps characters whole that arrive in pieces', async () => {
    const { target: node } = await target({
      onExec: (_command, channel) => {
        const bytes = Buffer.from('hastconf: begin\ngrün – ✓\n');
        for (const byte of bytes) channel.write(Buffer.from([byte]));
        channel.exit(0);
        channel.end();
        return undefined;
      },
    });
    const seen: string[] = [];
    const result = await node.script('x', { onStdout: (text) => seen.push(text) });
    expect(result.stdout).toBe('grün – ✓\n');
    expect(seen.join('')).toBe('grün – ✓\n');
  });

  it('waits for the data that comes after the exit status', async () => {
    const { target: node } = await target({
      onExec: (_command, channel) => {
        channel.exit(0);
        setImmediate(() => channel.end('late\n'));
        return undefined;
      },
    });
    expect(await node.script('x')).toMatchObject({ code: 0, stdout: 'late\n' });
  });

  it('says which signal ended a command', async () => {
    const { target: node } = await target();
    expect(await node.script('kill -KILL $$')).toMatchObject({ code: null, signal: 'SIGKILL' });
  });

  it('moves a megabyte both ways', async () => {
    const { target: node } = await target();
    const big = 'x'.repeat(1_000_000);
    expect((await node.exec(['printf', '%s', 'a'])).stdout).toBe('a');
    expect((await node.script(`a='${big}'; printf %s "$a"`)).stdout).toBe(big);
    expect(node.counters.bytesSent).toBeGreaterThan(1_000_000);
    expect(node.counters.bytesReceived).toBeGreaterThan(1_000_000);
  });

  it('uses one connection, and at most eight channels of it at once', async () => {
    const { target: node, server } = await target();
    const results = await Promise.all(Array.from({ length: 30 }, (_, at) => node.exec(['echo', String(at)])));
    expect(results.map((result) => result.stdout)).toEqual(results.map((_, at) => `${at}\n`));
    expect(server.mostChannels()).toBe(8);
    expect(server.connections()).toBe(1);
    expect(node.counters).toMatchObject({ connections: 1, channels: 30 });
  });
});

describe('ends', () => {
  it('gives up a command past its limit with exit 6, and kills it', async () => {
    let closed = false;
    const { target: node } = await target({
      onExec: (_command, channel) => {
        channel.on('close', () => {
          closed = true;
        });
        channel.resume();
        return undefined;
      },
    });
    await expect(node.exec(['hastctl', 'role', 'primary', 'disk0'], { timeoutMs: 50 })).rejects.toMatchObject(
      {
        exit: ExitCode.Timeout,
        node: 'hasta',
        message: expect.stringContaining('hastctl role primary disk0'),
      },
    );
    await expect.poll(() => closed).toBe(true);
  });

  it('ends the channel when aborted', async () => {
    const { target: node, server } = await target();
    const abort = new AbortController();
    const running = node.script('echo started; while :; do sleep 1; done', {
      signal: abort.signal,
      onStdout: () => abort.abort(),
    });
    await expect(running).rejects.toMatchObject({ exit: ExitCode.Interrupted });
    expect((await node.exec(['echo', 'next'])).stdout).toBe('next\n');
    // The third one told the shell of the first to stop.
    await expect.poll(() => server.commands.length).toBe(3);
  });

  it('does not start what was aborted before', async () => {
    const { target: node, server } = await target();
    await expect(node.exec(['true'], { signal: AbortSignal.abort() })).rejects.toMatchObject({ exit: 130 });
    expect(server.commands).toEqual([]);
  });

  it('names node and command when the connection is lost under it', async () => {
    const { target: node, server } = await target();
    const running = node.script('newfs -U /dev/hast/disk0 2>/dev/null; echo started; sleep 60', {
      onStdout: () => server.cut(),
    });
    await expect(running).rejects.toMatchObject({
      exit: ExitCode.Unreachable,
      node: 'hasta',
      message: expect.stringContaining('newfs -U /dev/hast/disk0'),
      remedy: expect.stringContaining(`ssh -v -p ${server.port} root@127.0.0.1 true`),
    });
    await expect(node.exec(['true'])).rejects.toMatchObject({ exit: ExitCode.Unreachable });
    await expect(node.readFile('/etc/hast.conf')).rejects.toMatchObject({ exit: ExitCode.Unreachable });
  });

  it('takes a channel without exit status for a lost command', async () => {
    const { target: node } = await target({
      onExec: (_command, channel) => {
        channel.close();
        return undefined;
      },
    });
    await expect(node.exec(['true'])).rejects.toMatchObject({ exit: ExitCode.Unreachable });
  });

  it('says it when the node opens no session', async () => {
    const { target: node } = await target({ onExec: undefined as never });
    expect((await node.exec(['true'])).code).toBe(0);
    const { target: other } = await target({
      onExec: (_command, _channel, connection) => {
        connection.end();
        return undefined;
      },
    });
    await expect(other.exec(['true'])).rejects.toMatchObject({ exit: ExitCode.Unreachable });
  });

  it('never shows quoted parts of a script in a message', async () => {
    const { target: node } = await target({ onExec: () => undefined });
    const running = node.script("printf '%s' 'top secret' >/etc/x", { timeoutMs: 30 });
    await expect(running).rejects.toMatchObject({ message: expect.not.stringContaining('secret') });
  });

  it('closes within a second, twice', async () => {
    const { target: node } = await target();
    await node.exec(['true']);
    await node.close();
    await node.close();
    await expect(node.exec(['true'])).rejects.toMatchObject({ exit: ExitCode.Unreachable });
  });
});

describe('root rights', () => {
  it('refuses with exit 3 before the script runs', async () => {
    const { target: node } = await target({ uid: '1001' });
    const running = node.script('echo ran >&2; exit 5');
    await expect(running).rejects.toMatchObject({
      exit: ExitCode.Preflight,
      node: 'hasta',
      message: 'hasta: no root rights (uid 1001)',
      remedy: expect.stringContaining('become: sudo'),
    });
  });

  it('looks once, not at every script', async () => {
    const { target: node } = await target({ env: { PS4: '' } });
    await node.exec(['true']);
    expect((await node.script('set -x; :')).stderr).not.toMatch(/id -u/);
  });
});
