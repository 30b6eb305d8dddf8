import { type KeyPair, newKeyPair } from './keys.js';
import type { LabNode } from './shell/node.js';
import type { LabSsh } from './ssh/server.js';

/** The files of a node's sshd. */
export async function writeHostKey(host: LabNode, key: KeyPair): Promise<void> {
  await host.files.write('/etc/ssh/ssh_host_ed25519_key', key.private, 0o600);
  await host.files.write('/etc/ssh/ssh_host_ed25519_key.pub', `${key.public}\n`, 0o644);
}

/** Another key in the place of the one that clients know. */
export async function renewHostKey({ host, ssh }: { host: LabNode; ssh: LabSsh }): Promise<void> {
  const key = newKeyPair(`root@${host.name}`);
  await writeHostKey(host, key);
  ssh.renew(key.private);
}
