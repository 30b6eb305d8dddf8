import type { Duplex } from 'node:stream';
import ssh2, { type ClientChannel } from 'ssh2';

export interface SftpChannel {
  channel: Duplex;
  end: () => void;
}

/** Logs in to a lab node's own SSH server and asks for its SFTP subsystem, without speaking it. */
export function openSftpChannel(port: number, privateKey: string): Promise<SftpChannel> {
  const client = new ssh2.Client();
  return new Promise((resolve, reject) => {
    client.on('error', reject);
    client.on('ready', () => {
      client.subsys('sftp', (error: Error | undefined, channel: ClientChannel) => {
        if (error) {
          client.end();
          return reject(error);
        }
        resolve({ channel, end: () => client.end() });
      });
    });
    // The server is this process: its host key needs no check.
    client.connect({ host: '127.0.0.1', port, username: 'root', privateKey });
  });
}
