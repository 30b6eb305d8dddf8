import { createHash } from 'node:crypto';
import { opensshKey } from '../world/prepare.js';
import { absolute, fail, getopt, has, notModelled, ok, option, type Program } from './program.js';

/** ssh-keygen(1): making ed25519 keys, -l, -F, -y. */
export const sshKeygen: Program = async (run) => {
  const options = getopt(run.args, 'qt:N:f:C:lF:E:yb:R:');
  if (options === undefined || options.rest.length > 0 || has(options, 'R')) return notModelled(run);
  const file = option(options, 'f');
  if (file === undefined) return notModelled(run, 'ssh-keygen without -f');
  const { files } = run.machine;
  const path = absolute(run, file);
  if (has(options, 'l') || has(options, 'y')) {
    const text = await files.read(has(options, 'l') && !path.endsWith('.pub') ? path : path);
    const key =
      publicKeyOf(text ?? (await files.read(`${path}.pub`)) ?? '') ??
      publicKeyOf((await files.read(`${path}.pub`)) ?? '');
    if (key === undefined) return fail(255, `${file}: No such file or directory`);
    if (has(options, 'y')) return ok(`${key.type} ${key.blob} ${key.comment}\n`);
    return ok(`256 ${fingerprint(key.blob)} ${key.comment === '' ? 'no comment' : key.comment} (ED25519)\n`);
  }
  const host = option(options, 'F');
  if (host !== undefined) {
    const lines = ((await files.read(path)) ?? '').split('\n');
    const at = lines.findIndex((line) => (line.split(/\s+/)[0] ?? '').split(',').includes(host));
    return at < 0 ? fail(1, '') : ok(`# Host ${host} found: line ${at + 1} \n${lines[at]}\n`);
  }
  if (option(options, 't') !== 'ed25519' || option(options, 'N') !== '') return notModelled(run);
  if (await files.exists(path)) {
    return fail(1, '', `${file} already exists.\nOverwrite (y/n)? `);
  }
  const pair = opensshKey(option(options, 'C') ?? `root@${run.machine.name}`);
  await run.machine.writeFile(path, pair.privateKey, 0o600);
  await run.machine.writeFile(`${path}.pub`, pair.publicKey, 0o644);
  if (has(options, 'q')) return ok();
  return ok(
    `Generating public/private ed25519 key pair.\nYour identification has been saved in ${file}\nYour public key has been saved in ${file}.pub\n`,
  );
};

interface PublicKey {
  type: string;
  blob: string;
  comment: string;
}

/** Public half of an OpenSSH key file, private or public. */
export function publicKeyOf(text: string): PublicKey | undefined {
  if (text.includes('OPENSSH PRIVATE KEY')) {
    const body = Buffer.from(text.replace(/-----[^-]+-----/g, '').replace(/\s/g, ''), 'base64');
    const at = body.indexOf('ssh-ed25519');
    return at < 4
      ? undefined
      : { type: 'ssh-ed25519', blob: body.subarray(at - 4, at + 47).toString('base64'), comment: '' };
  }
  const match = /^(ssh-\S+|ecdsa-\S+)\s+(\S+)\s*(.*)$/m.exec(text);
  return match === null ? undefined : { type: match[1] ?? '', blob: match[2] ?? '', comment: match[3] ?? '' };
}

function fingerprint(blob: string): string {
  return `SHA256:${createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64').replace(/=+$/, '')}`;
}
