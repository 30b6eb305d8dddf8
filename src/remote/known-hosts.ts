import { createHash, createHmac, randomBytes } from 'node:crypto';
import { appendFile, mkdir, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { execa } from 'execa';

/** One line of a known_hosts file that names the host. */
export interface KnownKey {
  revoked: boolean;
  keyType: string;
  key: Buffer;
  file: string;
  /** Line of the file, from 1; undefined: not known. */
  line?: number;
}

export type Verdict = 'known' | 'unknown' | 'changed' | 'revoked';

/** The name under which a host is kept: `[host]:port` unless the port is 22 (sshd(8), SSH_KNOWN_HOSTS). */
export function knownHostsName(host: string, port: number): string {
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}

/** `SHA256:…`, as `ssh-keygen -l` prints it. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The type inside a public key blob: its first string. */
export function keyTypeOf(key: Buffer): string {
  const length = key.length < 4 ? 0 : key.readUInt32BE(0);
  return key.subarray(4, 4 + length).toString('latin1');
}

/** Every key that the files hold for `name`; files that do not exist are skipped. */
export async function lookUp(name: string, files: readonly string[]): Promise<readonly KnownKey[]> {
  const found = await Promise.all(files.map((file) => lookUpIn(name, file)));
  return found.flat();
}

async function lookUpIn(name: string, file: string): Promise<readonly KnownKey[]> {
  if (!(await stat(file).catch(() => undefined))?.isFile()) return [];
  // ssh-keygen knows hashed names and patterns; exit 1 only says "not found".
  const result = await execa('ssh-keygen', ['-F', name, '-f', file], { reject: false, stdin: 'ignore' });
  const answered = result.exitCode === 0 || result.exitCode === 1;
  const text = answered ? result.stdout : linesFor(name, await readFile(file, 'utf8'));
  return entriesOf(text, file);
}

/** Each entry comes behind a comment that says on which line it stands. */
function entriesOf(text: string, file: string): readonly KnownKey[] {
  let number: number | undefined;
  return text.split('\n').flatMap((line) => {
    const found = /^# Host .* found: line (\d+)/.exec(line);
    if (found) number = Number(found[1]);
    return parseLine(line, file).map((entry) => (number === undefined ? entry : { ...entry, line: number }));
  });
}

/**
 * Lines of a known_hosts file that name the host, as `ssh-keygen -F` prints them: where that is missing, or will not run
 * (a uid without a name).
 */
export function linesFor(name: string, text: string): string {
  return text
    .split('\n')
    .flatMap((line, index) => {
      const fields = line.trim().split(/\s+/);
      const hosts = fields[0]?.startsWith('@') ? fields[1] : fields[0];
      const names = hosts !== undefined && !hosts.startsWith('#') && namesHost(hosts, name);
      return names ? [`# Host ${name} found: line ${index + 1}`, line] : [];
    })
    .join('\n');
}

function namesHost(hosts: string, name: string): boolean {
  if (hosts.startsWith('|1|')) {
    const [, , salt, hash] = hosts.split('|');
    return hash === hashName(name, Buffer.from(salt ?? '', 'base64'));
  }
  const patterns = hosts.split(',');
  if (patterns.some((one) => one.startsWith('!') && matches(one.slice(1), name))) return false;
  return patterns.some((one) => !one.startsWith('!') && matches(one, name));
}

/** `*` and `?` as in ssh_config(5), without going back more than one star. */
function matches(pattern: string, name: string): boolean {
  const [want, have] = [pattern.toLowerCase(), name.toLowerCase()];
  let [at, to, star, mark] = [0, 0, -1, 0];
  while (to < have.length) {
    if (want[at] === '*') {
      star = at++;
      mark = to;
    } else if (at < want.length && (want[at] === '?' || want[at] === have[to])) {
      at++;
      to++;
    } else if (star >= 0) {
      at = star + 1;
      to = ++mark;
    } else return false;
  }
  while (want[at] === '*') at++;
  return at === want.length;
}

function hashName(name: string, salt: Buffer): string {
  return createHmac('sha1', salt).update(name).digest('base64');
}

/** Certificate authorities are left out: ssh2 has no host certificates, and such a line is no host's own key. */
function parseLine(line: string, file: string): readonly KnownKey[] {
  const fields = line.trim().split(/\s+/);
  if (fields[0] === undefined || fields[0] === '' || fields[0].startsWith('#')) return [];
  const marker = fields[0].startsWith('@') ? fields.shift() : undefined;
  const [, keyType, base64] = fields;
  if (keyType === undefined || base64 === undefined || marker === '@cert-authority') return [];
  return [{ revoked: marker === '@revoked', keyType, key: Buffer.from(base64, 'base64'), file }];
}

/**
 * What the files say about the key that a host showed. Any other key of the host, of whatever type,
 * makes it `changed`: an attacker could otherwise turn "changed" into "unknown" by showing a new type.
 */
export function judge(known: readonly KnownKey[], shown: Buffer): Verdict {
  const equal = known.filter((entry) => entry.key.equals(shown));
  if (equal.some((entry) => entry.revoked)) return 'revoked';
  if (equal.length > 0) return 'known';
  return known.some((entry) => !entry.revoked) ? 'changed' : 'unknown';
}

/** Adds one line to a known_hosts file, made 0600 below a 0700 directory when missing. One write, no lock needed. */
export async function remember(file: string, name: string, key: Buffer, hashed: boolean): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const salt = randomBytes(20);
  const host = hashed ? `|1|${salt.toString('base64')}|${hashName(name, salt)}` : name;
  const before = await readFile(file, 'utf8').catch(() => '');
  const gap = before === '' || before.endsWith('\n') ? '' : '\n';
  await appendFile(file, `${gap}${host} ${keyTypeOf(key)} ${key.toString('base64')}\n`, { mode: 0o600 });
}
