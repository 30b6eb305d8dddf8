import { readFile } from 'node:fs/promises';
import ssh2, { type ParsedKey } from 'ssh2';
import type { Patience } from './limits.js';
import { type AskSecret, inTurn } from './questions.js';

const TRIES = 3;

/** A private key file whose public half is known; the passphrase is asked for only when a server wants the key. */
export interface Identity {
  path: string;
  publicKey: ParsedKey;
  /** The private key, or undefined when its passphrase was not to be had. */
  unlock(patience: Patience): Promise<ParsedKey | undefined>;
}

/** Why a file gives no key, in words for the list of what was tried. */
export interface NoIdentity {
  path: string;
  problem: string;
}

/** Keys unlocked so far, per questioner: two nodes with one key ask once. */
const unlocked = new WeakMap<AskSecret, Map<string, ParsedKey>>();

/** Reads one identity file (private key, or a .pub whose private half an agent has). */
export async function readIdentity(
  path: string,
  askSecret: AskSecret | undefined,
): Promise<Identity | NoIdentity> {
  const content = await readFile(path).catch((error: NodeJS.ErrnoException) => error);
  if (content instanceof Error) {
    return { path, problem: content.code === 'ENOENT' ? 'no such file' : `cannot be read: ${content.code}` };
  }
  const plain = parse(content);
  if (plain && !(plain instanceof Error)) {
    return { path, publicKey: plain, unlock: async () => (plain.isPrivateKey() ? plain : undefined) };
  }
  if (!/passphrase/i.test(plain.message)) return { path, problem: 'not a private key that can be used here' };
  const unlock = (patience: Patience) =>
    askSecret ? ask(path, content, askSecret, patience) : Promise.resolve(undefined);
  const publicKey = publicHalf(content) ?? (await publicFile(path));
  if (publicKey) return { path, publicKey, unlock };
  return { path, problem: `encrypted, in an old format; make ${path}.pub with ssh-keygen -y` };
}

function parse(content: Buffer | string, passphrase?: string): ParsedKey | Error {
  const key: ParsedKey | ParsedKey[] | Error = ssh2.utils.parseKey(content, passphrase);
  return Array.isArray(key) ? (key[0] ?? new Error('empty key file')) : key;
}

/** An OpenSSH private key carries its public half in the clear (PROTOCOL.key): no passphrase needed to offer it. */
function publicHalf(content: Buffer): ParsedKey | undefined {
  const text = content.toString('latin1');
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]*?)-----END/.exec(text)?.[1];
  if (body === undefined) return undefined;
  const blob = Buffer.from(body, 'base64');
  let at = 'openssh-key-v1\0'.length;
  const next = () => {
    const length = blob.readUInt32BE(at);
    at += 4 + length;
    return blob.subarray(at - length, at);
  };
  try {
    next(); // cipher
    next(); // key derivation
    next(); // its options
    at += 4; // number of keys
    const key = next();
    const type = key.subarray(4, 4 + key.readUInt32BE(0)).toString('latin1');
    const parsed = parse(`${type} ${key.toString('base64')}`);
    return parsed instanceof Error ? undefined : parsed;
  } catch {
    return undefined; // truncated file
  }
}

async function publicFile(path: string): Promise<ParsedKey | undefined> {
  const content = await readFile(`${path}.pub`).catch(() => undefined);
  const key = content === undefined ? undefined : parse(content);
  return key instanceof Error ? undefined : key;
}

/** Asks up to three times; a wrong passphrase is said in the next question. */
async function ask(
  path: string,
  content: Buffer,
  askSecret: AskSecret,
  patience: Patience,
): Promise<ParsedKey | undefined> {
  const cache = unlocked.get(askSecret) ?? new Map<string, ParsedKey>();
  unlocked.set(askSecret, cache);
  return patience.whileAsking(() =>
    inTurn(async () => {
      for (let attempt = 0; attempt < TRIES; attempt += 1) {
        const known = cache.get(path);
        if (known) return known;
        const wrong = attempt === 0 ? '' : 'Wrong passphrase. ';
        const secret = await askSecret(`${wrong}Passphrase for key ${path}: `);
        const key = parse(content, secret.reveal());
        if (!(key instanceof Error)) cache.set(path, key);
      }
      return cache.get(path);
    }),
  );
}
