import { open } from 'node:fs/promises';
import { ExitCode, HastconfError } from '../errors.js';
import { Secret } from './secret.js';
import type { ClusterSpec } from './types.js';

/** ctld(8) warns of anything else; Windows and others refuse it. */
const [SHORTEST, LONGEST] = [12, 16];

/**
 * The CHAP secrets of the targets that name a file, by target. Exit 2 for a file that is missing or that others can read,
 * and for a secret that initiators or ctl.conf would not carry; the message never shows it.
 */
export async function loadChapSecrets(spec: ClusterSpec): Promise<Record<string, Secret>> {
  const found: Record<string, Secret> = {};
  for (const service of spec.services) {
    if (service.type === 'iscsi' && service.chapFile !== undefined)
      found[service.target] = await readSecret(service.chapFile);
  }
  return found;
}

/** The same word for every target, for a mere look at what would be written. */
export function placeholderChap(spec: ClusterSpec, word: string): Record<string, Secret> {
  const targets = spec.services.flatMap((service) => (service.type === 'iscsi' ? [service.target] : []));
  return Object.fromEntries(targets.map((target) => [target, new Secret(word)]));
}

async function readSecret(path: string): Promise<Secret> {
  // One handle for both looks: what is checked is what is read.
  const handle = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw new HastconfError(ExitCode.Usage, `cannot read the CHAP secret file ${path}`, {
      detail: String(error.code),
      remedy: `write ${SHORTEST} to ${LONGEST} letters and digits into it, mode 0600`,
    });
  });
  try {
    const { mode } = await handle.stat();
    if ((mode & 0o077) !== 0) {
      const shown = (mode & 0o777).toString(8).padStart(4, '0');
      throw new HastconfError(
        ExitCode.Usage,
        `others can read the CHAP secret file ${path} (mode ${shown})`,
        {
          remedy: `chmod 600 ${path}`,
        },
      );
    }
    return checkedSecret((await handle.readFile('utf8')).replace(/\r?\n$/, ''), path);
  } finally {
    await handle.close();
  }
}

function checkedSecret(value: string, path: string): Secret {
  const wrong = complaintOf(value);
  if (wrong === undefined) return new Secret(value);
  throw new HastconfError(ExitCode.Usage, `the CHAP secret in ${path} ${wrong}`, {
    remedy: `write ${SHORTEST} to ${LONGEST} letters and digits into it`,
  });
}

function complaintOf(value: string): string | undefined {
  if (value.length < SHORTEST || value.length > LONGEST)
    return `is ${value.length} bytes long; initiators take ${SHORTEST} to ${LONGEST}`;
  return /^[A-Za-z0-9._+=:@%-]+$/.test(value)
    ? undefined
    : 'has characters other than letters, digits and . _ + = : @ % -';
}
