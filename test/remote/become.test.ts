import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ExitCode } from '../../src/errors.js';
import { connect } from '../../src/remote/connect.js';
import type { Target } from '../../src/remote/target.js';
import { Secret } from '../../src/spec/secret.js';
import { keyPair, sshHome, startServer, type TestServer } from './server.js';

const cleanups: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Behaves as sudo(8) does with -n, -S, -k and -p; the password is `right`. */
const FAKE_SUDO = `#!/bin/sh
never= ask= prompt=Password:
while :; do
  case $1 in
    -n) never=1; shift ;;
    -S) ask=1; shift ;;
    -k) shift ;;
    -p) prompt=$2; shift 2 ;;
    *) break ;;
  esac
done
case $FAKE in
  free) exec "$@" ;;
  forbidden) echo "me is not in the sudoers file." >&2; exit 1 ;;
esac
[ -z "$never" ] || { echo "sudo: a password is required" >&2; exit 1; }
[ -n "$ask" ] || exit 9
for try in 1 2 3; do
  printf '%s' "$prompt" >&2
  IFS= read -r given || exit 1
  [ "$given" != right ] || exec "$@"
  echo "Sorry, try again." >&2
done
exit 1
`;

async function target(
  fake: string,
  answers?: string[],
): Promise<{ node: Target; server: TestServer; asked: string[] }> {
  const [key, home] = [keyPair(), await sshHome()];
  await writeFile(join(home.dir, 'sudo'), FAKE_SUDO, { mode: 0o755 });
  const server = await startServer({
    keys: [key.public],
    bin: home.dir,
    allowAnyCommand: true,
    env: { FAKE: fake },
  });
  await writeFile(join(home.dir, 'id'), key.private, { mode: 0o600 });
  await writeFile(home.knownHosts, `${server.hostKeyLine}\n`);
  const asked: string[] = [];
  const askSecret = async (prompt: string) => {
    asked.push(prompt);
    return new Secret(answers?.shift() ?? 'nothing left');
  };
  const node = await connect(
    {
      name: 'hasta',
      ssh: { host: '127.0.0.1', port: server.port, user: 'me', become: 'sudo' },
      replication: '10.77.0.1',
      interface: 'vtnet1',
    },
    { acceptNewHostKeys: false, sshConfigFile: home.configFile, ...(answers ? { askSecret } : {}) },
  );
  cleanups.push(home.remove, server.stop, () => node.close());
  return { node, server, asked };
}

// The scripts' own root check needs a root that the stand-in cannot give.
describe.runIf(process.getuid?.() === 0)('sudo', () => {
  it('needs no password where it is free, and looks once', async () => {
    const { node, server } = await target('free');
    expect(await node.exec(['echo', 'a'])).toMatchObject({ code: 0, stdout: 'a\n' });
    expect(await node.script('cat; exit 4')).toMatchObject({ code: 4 });
    expect(server.commands.map((command) => command.replace(/PATH=\S+/, 'PATH'))).toEqual([
      '/usr/bin/env PATH LC_ALL=C sudo -n /usr/bin/true',
      '/usr/bin/env PATH LC_ALL=C sudo -n /bin/sh -s',
      '/usr/bin/env PATH LC_ALL=C sudo -n /bin/sh -s',
    ]);
  });

  it('gets its password on stdin, asked for once for several scripts at once', async () => {
    const { node, server, asked } = await target('password', ['right']);
    const results = await Promise.all(
      ['a', 'b', 'c'].map((word) => node.script(`cat; echo ${word}; echo e >&2`)),
    );
    expect(results.map((one) => one.stdout)).toEqual(['a\n', 'b\n', 'c\n']);
    expect(results.map((one) => one.stderr)).toEqual(['e\n', 'e\n', 'e\n']);
    expect(asked).toEqual([expect.stringContaining('hasta: [sudo] password for me:')]);
    expect(server.commands.join('\n')).not.toContain('right');
  });

  it('asks again after a wrong one, three times at most, and never runs the script with it', async () => {
    const good = await target('password', ['wrong', 'right']);
    expect((await good.node.exec(['echo', 'a'])).stdout).toBe('a\n');
    expect(good.asked[1]).toContain('Not accepted.');
    const bad = await target('password', ['wrong', 'wrong', 'wrong']);
    const failure = await bad.node.exec(['echo', 'a']).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      exit: ExitCode.Unreachable,
      node: 'hasta',
      detail: 'the password was not accepted',
    });
    expect(bad.asked).toHaveLength(3);
  });

  it('says what is missing when nobody may be asked, or sudo forbids it', async () => {
    const silent = await target('password');
    await expect(silent.node.exec(['true'])).rejects.toMatchObject({
      exit: 4,
      detail: expect.stringContaining('password'),
    });
    const forbidden = await target('forbidden');
    await expect(forbidden.node.exec(['true'])).rejects.toMatchObject({
      exit: ExitCode.Unreachable,
      detail: expect.stringContaining('not in the sudoers file'),
      remedy: expect.stringContaining('sudo'),
    });
  });

  it('writes files by script, as root', async () => {
    const { node } = await target('free');
    await node.writeFile('/tmp/hastconf-become-test', 'x', { owner: 'root', group: 'wheel', mode: 0o600 });
    expect(await node.readFile('/tmp/hastconf-become-test')).toBe('x');
    await node.exec(['rm', '/tmp/hastconf-become-test']);
  });
});
