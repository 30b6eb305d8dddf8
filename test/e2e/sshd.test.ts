import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noSshd, type Sshd, startSshd } from '../remote/sshd.js';
import { privateHome } from './home.js';
import { hastconf, NODES, type Watch } from './lab.js';

const missing = noSshd();
if (missing !== undefined) process.stderr.write(`SKIPPED: set-up through a real sshd: ${missing}\n`);

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PASSWORD = 'correct horse';
const cleanups: (() => unknown)[] = [];
let dir: string;
let home: Awaited<ReturnType<typeof privateHome>>;
const servers: Record<string, Sshd> = {};

const run = (args: readonly string[], watch?: Watch) =>
  hastconf(['-f', join(dir, 'lab/cluster.yaml'), ...args], dir, home.environment, watch);
const lab = (...args: string[]) => hastconf(['lab', ...args], dir, home.environment);

/** The product as JavaScript: an sshd starts it for every command, and the loader of the sources takes a second. */
async function build(): Promise<string> {
  execFileSync(process.execPath, [
    join(ROOT, 'node_modules/typescript/bin/tsc'),
    ...['-p', join(ROOT, 'tsconfig.build.json'), '--outDir', join(dir, 'dist')],
  ]);
  await mkdir(join(dir, 'bin'), { recursive: true });
  await copyFile(join(ROOT, 'bin/hastconf.js'), join(dir, 'bin/hastconf.js'));
  await copyFile(join(ROOT, 'package.json'), join(dir, 'package.json'));
  await symlink(join(ROOT, 'node_modules'), join(dir, 'node_modules'));
  return join(dir, 'bin/hastconf.js');
}

/** What sshd runs in place of whatever its client asks for: the same inside a lab node. */
async function entrance(node: string, program: string): Promise<string> {
  const path = join(dir, `enter-${node}`);
  const words = `exec ${process.execPath} ${program} lab`;
  const where = `--dir ${join(dir, 'lab')} ${node}`;
  const script = `#!/bin/sh
case \${SSH_ORIGINAL_COMMAND:-} in
*sftp*)
	echo sftp >>${path}.log
	${words} sftp ${where} ;;
esac
echo sh >>${path}.log
${words} exec ${where} -- /bin/sh -s
`;
  await writeFile(path, script, { mode: 0o755 });
  return path;
}

/** An ssh-agent with a new key; the ssh_config of this test knows its socket. */
async function agentWithKey(): Promise<string> {
  const socket = join(dir, 'agent');
  const key = join(dir, 'id');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
  cleanups.push(() => agent.kill());
  await once(agent.stdout, 'data');
  execFileSync('ssh-add', ['-q', key], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: 'ignore' });
  const config = await readFile(home.config, 'utf8');
  await writeFile(
    home.config,
    config.replace('IdentityAgent none', `IdentityAgent ${socket}\nIdentityFile none`),
  );
  return readFile(`${key}.pub`, 'utf8');
}

beforeAll(async () => {
  if (missing !== undefined) return;
  dir = await mkdtemp(join(tmpdir(), 'hastconf-e2e-sshd-'));
  cleanups.push(() => rm(dir, { recursive: true, force: true }));
  home = await privateHome(dir);
  cleanups.push(home.restore);
  const [program, key] = [await build(), await agentWithKey()];
  expect(await lab('up', '--dir', 'lab', '--accelerate', '20')).toMatchObject({ code: 0 });
  cleanups.push(() => lab('down', '--dir', 'lab', '--purge'));
  servers.hasta = await startSshd({ keys: [key], forceCommand: await entrance('hasta', program) });
  servers.hastb = await startSshd({
    password: PASSWORD,
    sftp: false,
    forceCommand: await entrance('hastb', program),
  });
  for (const server of Object.values(servers)) cleanups.push(server.stop);
  const ports = NODES.map((node) => servers[node]?.port);
  const file = join(dir, 'lab/cluster.yaml');
  const text = await readFile(file, 'utf8');
  await writeFile(
    file,
    text.replaceAll(/ +identity: .*\n/g, '').replaceAll(/port: \d+/g, () => `port: ${ports.shift()}`),
  );
});
afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

describe.skipIf(missing !== undefined)('two nodes behind OpenSSH', () => {
  it('are refused while their host keys are unknown', async () => {
    const { code, stderr } = await run(['apply', '-y']);
    expect(code).toBe(4);
    for (const node of NODES) expect(stderr).toMatch(new RegExp(`${node}: .*it is in no known_hosts file`));
    expect(stderr).toContain('--accept-new-host-keys');
    await expect(readFile(home.knownHosts)).rejects.toThrow('ENOENT');
  });

  it('cannot be logged in to without an answer to the question for the password', async () => {
    const { code, stderr } = await run(['plan', '--accept-new-host-keys']);
    expect(code).toBe(4);
    expect(stderr).toMatch(/hastb: .*authentication as root/);
    expect(stderr).toMatch(/ssh .*-p \d+ .*127\.0\.0\.1/);
    const known = await readFile(home.knownHosts, 'utf8');
    for (const server of Object.values(servers)) expect(known).toContain(server.hostKeyLine);
  });

  it('are set up: one by agent and SFTP, the other by keyboard-interactive and scripts alone', async () => {
    const ended = await run(['apply', '-y'], { types: { at: /Password/, text: PASSWORD } });
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    expect(ended.stdout).toMatch(/^lab: VERIFIED after /m);
    expect(`${ended.stdout}${ended.stderr}`).not.toContain(PASSWORD);
    expect(servers.hasta?.log()).toContain('Accepted publickey for root');
    expect(servers.hastb?.log()).toContain('Accepted keyboard-interactive/pam for root');
    const served = async (node: string) =>
      (await readFile(join(dir, `enter-${node}.log`), 'utf8')).split('\n');
    expect((await served('hasta')).filter((what) => what === 'sftp')).toHaveLength(1);
    expect(await served('hastb')).not.toContain('sftp');
    const status = JSON.parse((await lab('status', '--dir', 'lab', '--json')).stdout);
    expect(status.nodes.hasta).toMatchObject({
      carp: [{ state: 'MASTER' }],
      hast: [{ role: 'primary', status: 'complete' }, { role: 'primary' }],
    });
  });

  it('have nothing to do then, and are refused once a host key has changed', async () => {
    const types = { at: /Password/, text: PASSWORD };
    expect(await run(['plan', '--detailed-exitcode'], { types })).toMatchObject({ code: 0 });
    await servers.hasta?.newHostKey();
    const { code, stderr } = await run(['plan', '--accept-new-host-keys'], { types });
    expect(code).toBe(4);
    expect(stderr).toMatch(/hasta: .*changed/);
  });
});
