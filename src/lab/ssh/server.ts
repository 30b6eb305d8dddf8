import { createServer, type Server as NetServer, type Socket } from 'node:net';
import ssh2, { type Connection } from 'ssh2';
import type { LabNode } from '../shell/node.js';
import { type AuthOptions, authenticate } from './accounts.js';
import { type Login, serveExec } from './session.js';
import { serveSftp } from './sftp.js';
import { Wire } from './wire.js';

export interface LabSshOptions extends AuthOptions {
  node: LabNode;
  /** Private host key, OpenSSH format. */
  hostKey: string;
  /** 0: any free one. */
  port: number;
  /** Whether the node's sshd answers now. */
  up: () => boolean;
  diskFull: () => boolean;
  sftp: boolean;
  latencyMs: number;
}

/** The sshd of one node, on loopback. */
export class LabSsh {
  readonly #options: LabSshOptions;
  readonly #server: NetServer;
  #ssh: InstanceType<typeof ssh2.Server>;
  readonly #wires = new Set<Wire>();
  #bytesLeft = Number.POSITIVE_INFINITY;
  #channelsLeft = Number.POSITIVE_INFINITY;
  /** What waits while the line hangs; undefined: it works. */
  #held: (() => void)[] | undefined;
  sftp: boolean;
  latencyMs: number;
  /** What clients have cost so far. */
  readonly counters = { connections: 0, channels: 0 };

  private constructor(options: LabSshOptions) {
    this.#options = options;
    this.sftp = options.sftp;
    this.latencyMs = options.latencyMs;
    this.#ssh = this.#sshWith(options.hostKey);
    this.#server = createServer((socket) => this.#connected(socket));
  }

  static async listen(options: LabSshOptions): Promise<LabSsh> {
    const ssh = new LabSsh(options);
    await new Promise<void>((resolve, reject) => {
      ssh.#server.once('error', reject);
      ssh.#server.listen(options.port, '127.0.0.1', resolve);
    });
    return ssh;
  }

  #sshWith(hostKey: string): InstanceType<typeof ssh2.Server> {
    const settings = { hostKeys: [hostKey], ident: 'OpenSSH_9.3 FreeBSD-20230719' };
    return new ssh2.Server(settings, (client) => this.#serve(client));
  }

  /** Another host key, private, OpenSSH format: for connections from now on. */
  renew(hostKey: string): void {
    this.cut();
    this.#ssh = this.#sshWith(hostKey);
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  /** Cuts every connection, as the node's death does. */
  cut(): void {
    for (const wire of [...this.#wires]) wire.cut();
  }

  /** Lets nothing pass any more, as a machine that hangs or a firewall that drops; connections stay open. */
  freeze(): void {
    this.#held ??= [];
  }

  thaw(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const act of held) act();
  }

  /** Cuts the line, once, after so many more bytes (both ways). */
  dropAfterBytes(bytes: number): void {
    this.#bytesLeft = bytes;
  }

  /** Cuts the line, once, when the Nth channel from now is opened. */
  dropAtChannel(count: number): void {
    this.#channelsLeft = count;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #connected(socket: Socket): void {
    socket.on('error', () => undefined);
    if (!this.#options.up()) {
      socket.resetAndDestroy();
      return;
    }
    const wire = new Wire(socket, {
      latencyMs: this.latencyMs,
      passes: (bytes) => this.#passes(bytes),
      holds: (act) => this.#held !== undefined && this.#held.push(act) > 0,
    });
    this.#wires.add(wire);
    wire.once('close', () => this.#wires.delete(wire));
    this.counters.connections++;
    // ssh2 wants a net.Socket, but uses of it only what a Duplex has.
    this.#ssh.injectSocket(wire as unknown as Socket);
  }

  #passes(bytes: number): boolean {
    this.#bytesLeft -= bytes;
    if (this.#bytesLeft > 0) return true;
    this.#bytesLeft = Number.POSITIVE_INFINITY;
    return false;
  }

  #opened(): void {
    this.counters.channels++;
    if (--this.#channelsLeft > 0) return;
    this.#channelsLeft = Number.POSITIVE_INFINITY;
    this.cut();
  }

  #serve(client: Connection): void {
    let user = '';
    client.on('error', () => undefined); // a lost line is the client's matter
    client.on('authentication', (context) => {
      user = context.username;
      authenticate(context, this.#options).catch(() => context.reject());
    });
    client.on('session', (accept) => {
      const session = accept();
      const login: Login = { user, connection: `127.0.0.1 50000 127.0.0.1 ${this.port}` };
      serveExec(session, this.#options.node, login, () => this.#opened());
      if (!this.sftp) return;
      session.on('sftp', (acceptSftp) => {
        this.#opened();
        serveSftp(acceptSftp(), {
          files: this.#options.node.files,
          home: user === 'root' ? '/root' : `/home/${user}`,
          diskFull: this.#options.diskFull,
        });
      });
    });
  }
}
