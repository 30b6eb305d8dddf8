import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { labClusterFile } from './cluster-file.js';
import { type KeyPair, newPassword } from './keys.js';

export interface ClientFilesOptions {
  dir: string;
  /** What kind of nodes, for the cluster file's first line. */
  what: string;
  /** May log in to every node. */
  login: KeyPair;
  /** The pair first; the cluster file is about the first two. `hostKey` is a public key. */
  nodes: readonly { name: string; port: number; hostKey: string }[];
  /** Another machine on the LAN that could be a witness. */
  witness?: string;
}

/** Writes what a user of the lab needs: cluster.yaml, the keys, known_hosts. */
export async function writeClientFiles(options: ClientFilesOptions): Promise<void> {
  const { dir, login, nodes, what, witness } = options;
  const secret = async (name: string, text: string) => {
    await writeFile(join(dir, name), text, { mode: 0o600 });
    await chmod(join(dir, name), 0o600);
  };
  await secret('id_ed25519', login.private);
  await secret('carp.password', `${newPassword()}\n`);
  await writeFile(join(dir, 'id_ed25519.pub'), `${login.public}\n`);
  await writeFile(join(dir, 'known_hosts'), knownHosts(nodes));
  const cluster = labClusterFile({ dir, what, nodes: nodes.slice(0, 2), ...(witness && { witness }) });
  await writeFile(join(dir, 'cluster.yaml'), cluster);
}

/** The nodes' host keys, as ssh wants them. */
export function knownHosts(nodes: readonly { port: number; hostKey: string }[]): string {
  const lines = nodes.map(({ port, hostKey }) => {
    const [type, base64] = hostKey.split(' ');
    return `[127.0.0.1]:${port} ${type} ${base64}\n`;
  });
  return lines.join('');
}
