import { connect, createServer, type Server, type Socket } from 'node:net';

/** What passed through so far. */
export interface MeterCounts {
  connections: number;
  /** Bytes from the client to the node. */
  sent: number;
  /** Bytes from the node to the client. */
  received: number;
}

/** A wire-tap on loopback: passes a TCP port on and counts what goes through, encryption and all. */
export class Meter {
  #counts: MeterCounts = { connections: 0, sent: 0, received: 0 };
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(target: number) {
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#pass(client, target));
  }

  /** Listens on a free port of 127.0.0.1 for the given one. */
  static async before(target: number): Promise<Meter> {
    const meter = new Meter(target);
    await new Promise<void>((resolve, reject) => {
      meter.#server.once('error', reject);
      meter.#server.listen(0, '127.0.0.1', resolve);
    });
    return meter;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  /** The counts since the last call. */
  take(): MeterCounts {
    const counts = this.#counts;
    this.#counts = { connections: 0, sent: 0, received: 0 };
    return counts;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #pass(client: Socket, target: number): void {
    this.#counts.connections += 1;
    const node = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true });
    client.on('data', (chunk: Buffer) => {
      this.#counts.sent += chunk.length;
    });
    node.on('data', (chunk: Buffer) => {
      this.#counts.received += chunk.length;
    });
    for (const [one, other] of [
      [client, node],
      [node, client],
    ] as const) {
      this.#sockets.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => this.#sockets.delete(one));
    }
  }
}
