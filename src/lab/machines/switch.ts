import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** What happens to frames on their way; without `from` or `to` it holds for every machine. */
export interface SwitchRule {
  network: string;
  from?: string;
  to?: string;
  /** Share of the frames that are lost, 0 to 1. */
  lose?: number;
  /** Milliseconds that a frame is held back. */
  delayMs?: number;
}

interface Port {
  network: string;
  machine: string;
  socket: Socket;
  /** Where QEMU sends from; unknown until its machine has said something. */
  peer: AddressInfo | undefined;
}

const GROUP_BIT = 1;
const MAC_BYTES = 6;

/**
 * The networks between the machines: every network card of QEMU (`-netdev dgram`) is a UDP port on loopback
 * here. It learns who is where as a switch does. It can lose or delay frames between any two ports, silently:
 * the machines see a carrier all the time.
 */
export class UdpSwitch {
  readonly #ports: Port[] = [];
  readonly #rules = new Map<string, SwitchRule>();
  readonly #places = new Map<string, Port>();
  readonly #random: () => number;
  #closed = false;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** A new port; answers the UDP port on 127.0.0.1 that QEMU is to send to. */
  async plug(network: string, machine: string): Promise<number> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20, sendBufferSize: 1 << 20 });
    const port: Port = { network, machine, socket, peer: undefined };
    socket.on('message', (bytes, from) => this.#receive(port, bytes, from));
    socket.on('error', () => undefined); // the other end is off
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    this.#ports.push(port);
    return socket.address().port;
  }

  /** How many ports have said something, so that frames can reach them. */
  get known(): number {
    return this.#ports.filter(({ peer }) => peer !== undefined).length;
  }

  setRule(name: string, rule: SwitchRule): void {
    this.#rules.set(name, rule);
  }

  dropRule(name: string): void {
    this.#rules.delete(name);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(
      this.#ports.map(({ socket }) => new Promise<void>((resolve) => socket.close(() => resolve()))),
    );
  }

  #receive(port: Port, frame: Buffer, peer: AddressInfo): void {
    port.peer = peer;
    if (frame.length < 2 * MAC_BYTES) return;
    const key = (at: number) => `${port.network} ${frame.toString('hex', at, at + MAC_BYTES)}`;
    this.#places.set(key(MAC_BYTES), port);
    const group = ((frame[0] ?? 0) & GROUP_BIT) !== 0;
    const known = group ? undefined : this.#places.get(key(0));
    for (const to of known ? [known] : this.#ports) {
      if (to !== port && to.network === port.network) this.#pass(port, to, frame);
    }
  }

  #pass(from: Port, to: Port, frame: Buffer): void {
    let delay = 0;
    for (const rule of this.#rules.values()) {
      if (!applies(rule, from, to)) continue;
      if (rule.lose !== undefined && this.#random() < rule.lose) return;
      delay += rule.delayMs ?? 0;
    }
    if (delay === 0) this.#send(to, frame);
    else setTimeout(() => this.#send(to, frame), delay);
  }

  #send(to: Port, frame: Buffer): void {
    if (this.#closed || !to.peer) return;
    to.socket.send(frame, to.peer.port, to.peer.address, () => undefined);
  }
}

function applies(rule: SwitchRule, from: Port, to: Port): boolean {
  if (rule.network !== from.network) return false;
  if (rule.from !== undefined && rule.from !== from.machine) return false;
  return rule.to === undefined || rule.to === to.machine;
}
