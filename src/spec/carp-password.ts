import { chmod, link, mkdir, open, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ExitCode, HastconfError } from '../errors.js';
import { carpPasswordPath } from './derive.js';
import { Secret } from './secret.js';
import type { ClusterSpec } from './types.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
/** ifconfig copies the password into 20 bytes and cuts the rest off, silently. */
const MAX_LENGTH = 19;
/** network.subr takes these for the start of an address. */
const FORBIDDEN = ['inet', 'inet6', 'link', 'ether'];

/**
 * The CARP password, or undefined when its file does not exist. Throws exit 2 for a file that others can
 * read and for a password that ifconfig or rc.conf would not carry; the message never shows it.
 */
export async function loadCarpPassword(spec: ClusterSpec, specPath: string): Promise<Secret | undefined> {
  const path = carpPasswordPath(spec, specPath);
  // One handle for both looks: what is checked is what is read.
  const handle = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw unreadable(path, String(error.code));
  });
  if (!handle) return undefined;
  try {
    const { mode } = await handle.stat();
    if ((mode & 0o077) !== 0) throw tooOpen(path, mode);
    const text = await handle.readFile('utf8').catch((error: NodeJS.ErrnoException) => {
      throw unreadable(path, String(error.code));
    });
    return checkedPassword(text.replace(/\r?\n$/, ''), path);
  } finally {
    await handle.close();
  }
}

/** What ensuring came to. */
export interface EnsuredPassword {
  password: Secret;
  path: string;
  /** true: it did not exist and was generated now. */
  created: boolean;
}

/** Loads the password, or generates one into a new file of mode 0600. An existing file is never overwritten. */
export async function ensureCarpPassword(spec: ClusterSpec, specPath: string): Promise<EnsuredPassword> {
  const path = carpPasswordPath(spec, specPath);
  const existing = await loadCarpPassword(spec, specPath);
  if (existing) return { password: existing, path, created: false };
  // Not above: only generating needs it, and it takes longer to load than the rest of this file.
  const { randomInt } = await import('node:crypto');
  const generated = Array.from({ length: MAX_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  const created = await writeNew(path, `${generated}\n`, `${path}.${process.pid}.${randomInt(2 ** 32)}`);
  // Somebody else was faster: theirs counts.
  const password = created ? new Secret(generated) : await loadCarpPassword(spec, specPath);
  if (!password) throw unreadable(path, 'it appeared and vanished while it was being written');
  return { password, path, created };
}

/** Checks a password against what ifconfig(8) and network.subr can carry. Exit 2. */
export function checkedPassword(value: string, source: string): Secret {
  const wrong = passwordComplaint(value);
  if (wrong === undefined) return new Secret(value);
  throw new HastconfError(ExitCode.Usage, `the CARP password in ${source} ${wrong}`, {
    remedy: `write 1 to ${MAX_LENGTH} letters, digits and underscores into it, or remove it to have one generated`,
  });
}

function passwordComplaint(value: string): string | undefined {
  if (value === '') return 'is empty';
  // A hex digit and a dash make rc's scripts take the word for an address range and loop at boot for ever.
  if (!/^[A-Za-z0-9_]+$/.test(value)) return 'has characters other than letters, digits and underscores';
  if (value.length > MAX_LENGTH)
    return `is ${value.length} bytes long; CARP uses only the first ${MAX_LENGTH}`;
  return FORBIDDEN.includes(value) ? 'is a word that rc.conf reads as an address family' : undefined;
}

/** Writes a file that must not exist yet, whole or not at all; false when it does exist. */
async function writeNew(path: string, content: string, temporary: string): Promise<boolean> {
  try {
    await makePrivateDirectory(dirname(path));
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    // link(2) refuses an existing name, rename(2) would replace it.
    await link(temporary, path);
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EEXIST') return false;
    throw new HastconfError(ExitCode.Usage, `cannot write the CARP password file ${path}`, {
      detail: String(code),
      remedy: 'name a file that you can write: carp.password: { file: PATH }',
      cause: error,
    });
  } finally {
    await rm(temporary, { force: true });
  }
}

async function makePrivateDirectory(path: string): Promise<void> {
  const known = await stat(path).catch(() => undefined);
  if (known) return;
  await mkdir(path, { recursive: true, mode: 0o700 });
  await chmod(path, 0o700);
}

function tooOpen(path: string, mode: number): HastconfError {
  const shown = (mode & 0o777).toString(8).padStart(4, '0');
  return new HastconfError(ExitCode.Usage, `others can read the CARP password file ${path} (mode ${shown})`, {
    remedy: `chmod 600 ${path}`,
  });
}

function unreadable(path: string, detail: string): HastconfError {
  return new HastconfError(ExitCode.Usage, `cannot read the CARP password file ${path}`, { detail });
}
