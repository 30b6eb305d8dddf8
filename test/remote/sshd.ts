import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SSHD = '/usr/sbin/sshd';

export interface SshdOptions {
  /** Public keys, one line each, that may log in as any user. */
  keys?: readonly string[];
  /** Password that PAM accepts, through keyboard-interactive and for su; undefined: no keyboard-interactive. */
  password?: string;
  /** Runs in place of whatever the client asks for, for example `hastconf lab exec hasta -- /bin/sh -s`. */
  forceCommand?: string;
  /** The SFTP subsystem; default true. */
  sftp?: boolean;
  /** Further lines of sshd_config, before all others (the first value of a keyword counts). */
  config?: readonly string[];
}

export interface Sshd {
  port: number;
  /** `[127.0.0.1]:PORT TYPE BASE64`, as a known_hosts line. */
  hostKeyLine: string;
  /** What the sshd processes logged so far. */
  log: () => string;
  /** Takes a new host key for the next connections, and answers its known_hosts line. */
  newHostKey: () => Promise<string>;
  /** Kills every connection's sshd. */
  cut: () => void;
  stop: () => Promise<void>;
}

/** Why a real sshd cannot be started here; undefined when it can. */
export function noSshd(): string | undefined {
  if (!existsSync(SSHD)) return `${SSHD} is not installed (Debian: openssh-server)`;
  if (process.getuid?.() !== 0) return 'it needs root, for a mount namespace of its own';
  try {
    execFileSync('unshare', ['-m', 'true'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'mount namespaces are not permitted here (unshare -m)';
  }
}

/**
 * A real OpenSSH sshd on a loopback port. Every connection gets its own `sshd -i` in a mount namespace
 * with its own /etc/pam.d, passwd and /run, so the machine's settings are neither used nor changed. There
 * is a user `guest` besides root.
 */
export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  const dir = await mkdtemp(join(tmpdir(), 'hastconf-sshd-'));
  await chmod(dir, 0o755);
  const hostKey = join(dir, 'host_key');
  await makeKey(hostKey);
  await writeFile(join(dir, 'authorized_keys'), `${(options.keys ?? []).join('\n')}\n`);
  await writeFile(join(dir, 'sshd_config'), sshdConfig(dir, options));
  await writeMounts(dir, options.password);
  const children = new Set<ChildProcess>();
  let log = '';
  const serve = (socket: Socket) => {
    const child = spawn('unshare', ['-m', '--propagation', 'private', '/bin/sh', join(dir, 'enter')], {
      stdio: [socket, socket, 'pipe'],
      detached: true,
    });
    children.add(child);
    child.on('close', () => children.delete(child));
    child.stderr?.on('data', (chunk: Buffer) => {
      log += chunk.toString();
    });
    // The child has its own copy of the descriptor.
    socket.destroy();
  };
  const server = createServer({ pauseOnConnect: true, noDelay: true }, serve);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const hostKeyLine = async () =>
    `[127.0.0.1]:${port} ${(await readFile(`${hostKey}.pub`, 'utf8')).split(' ').slice(0, 2).join(' ')}`.trim();
  const cut = () => {
    for (const child of children) kill(child);
  };
  return {
    port,
    hostKeyLine: await hostKeyLine(),
    log: () => log,
    newHostKey: async () => {
      await makeKey(hostKey);
      return hostKeyLine();
    },
    cut,
    stop: async () => {
      cut();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function kill(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // gone already
  }
}

async function makeKey(path: string): Promise<void> {
  await Promise.all([rm(path, { force: true }), rm(`${path}.pub`, { force: true })]);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', path]);
}

function sshdConfig(dir: string, options: SshdOptions): string {
  const pam = options.password !== undefined;
  return [
    ...(options.config ?? []),
    `HostKey ${dir}/host_key`,
    `AuthorizedKeysFile ${dir}/authorized_keys`,
    'PidFile none',
    'StrictModes no',
    'PermitRootLogin yes',
    'PasswordAuthentication no',
    `KbdInteractiveAuthentication ${pam ? 'yes' : 'no'}`,
    `UsePAM ${pam ? 'yes' : 'no'}`,
    'PrintMotd no',
    'LogLevel VERBOSE',
    ...(options.sftp === false ? [] : ['Subsystem sftp internal-sftp']),
    ...(options.forceCommand === undefined ? [] : [`ForceCommand ${options.forceCommand}`]),
    '',
  ].join('\n');
}

/** What the namespace sees in place of /etc/pam.d and passwd, and the script that mounts it. */
async function writeMounts(dir: string, password: string | undefined): Promise<void> {
  await mkdir(join(dir, 'pam.d'));
  // su asks PAM as the calling user, who must be able to read it.
  await writeFile(join(dir, 'password'), password ?? '');
  // pam_exec hands over the typed password, NUL-terminated.
  await writeFile(
    join(dir, 'check'),
    `#!/bin/sh\ngiven=$(tr -d '\\000')\n[ -n "$given" ] && [ "$given" = "$(cat ${dir}/password)" ]\n`,
    { mode: 0o755 },
  );
  const service = [
    `auth required pam_exec.so quiet expose_authtok ${dir}/check`,
    'auth required pam_permit.so',
    'account required pam_permit.so',
    'session required pam_permit.so',
    '',
  ].join('\n');
  for (const name of ['sshd', 'su', 'other']) await writeFile(join(dir, 'pam.d', name), service);
  const passwd = await readFile('/etc/passwd', 'utf8');
  await writeFile(join(dir, 'passwd'), `${passwd.trimEnd()}\nguest:x:4242:4242::/tmp:/bin/sh\n`);
  await writeFile(
    join(dir, 'enter'),
    [
      'set -e',
      'mount -t tmpfs tmpfs /run',
      'mkdir -m 0755 /run/sshd',
      `mount --bind ${dir}/pam.d /etc/pam.d`,
      `mount --bind ${dir}/passwd /etc/passwd`,
      `exec ${SSHD} -i -e -f ${dir}/sshd_config`,
      '',
    ].join('\n'),
  );
}
