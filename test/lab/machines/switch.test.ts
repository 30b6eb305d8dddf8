import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { UdpSwitch } from '../../../src/lab/machines/switch.js';

const EVERYBODY = 'ffffffffffff';
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

/** A network card at a port of the switch, as QEMU has one. */
class Card {
  readonly heard: string[] = [];
  readonly #socket: Socket;
  constructor(
    public mac: string,
    readonly port: number,
    socket: Socket,
  ) {
    this.#socket = socket;
    socket.on('message', (frame) => this.heard.push(frame.subarray(12).toString()));
  }
  say(to: string, text: string): void {
    this.#socket.send(
      Buffer.concat([Buffer.from(to + this.mac, 'hex'), Buffer.from(text)]),
      this.port,
      '127.0.0.1',
    );
  }
  /** Waits until that was heard, and answers all of it. */
  async until(text: string): Promise<string[]> {
    await expect.poll(() => this.heard).toContain(text);
    return this.heard;
  }
}

async function network(random?: () => number) {
  const net = new UdpSwitch(random);
  open.push(net);
  const all: Card[] = [];
  for (const [index, name] of ['a', 'b', 'c'].entries()) {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    open.push(socket);
    all.push(new Card(`0200000000${index + 10}`, await net.plug('lan', name), socket));
  }
  const [a, b, c] = all as [Card, Card, Card];
  // A switch knows nobody who has not said anything.
  for (const card of all) card.say(EVERYBODY, 'hello');
  await expect.poll(() => net.known).toBe(3);
  // What was on its way comes before these.
  a.say(EVERYBODY, 'ready');
  b.say(EVERYBODY, 'ready, too');
  await Promise.all([a.until('ready, too'), b.until('ready'), c.until('ready'), c.until('ready, too')]);
  for (const card of all) card.heard.length = 0;
  return { net, a, b, c };
}

it('passes a frame to the one it is for, and a broadcast to everybody else', async () => {
  const { a, b, c } = await network();
  a.say(b.mac, 'for b');
  await b.until('for b');
  a.say(EVERYBODY, 'for all');
  await Promise.all([b.until('for all'), c.until('for all')]);
  expect(c.heard).toEqual(['for all']);
  expect(a.heard).toEqual([]);
});

it('finds an address that has moved, as that of CARP does', async () => {
  const { a, b, c } = await network();
  const shared = '00005e000101';
  const own = b.mac;
  b.mac = shared;
  b.say(EVERYBODY, 'b has it');
  await a.until('b has it');
  a.say(shared, 'to b');
  await b.until('to b');
  b.mac = own;
  c.mac = shared;
  c.say(EVERYBODY, 'c has it');
  await a.until('c has it');
  a.say(shared, 'to c');
  await c.until('to c');
  expect(b.heard).not.toContain('to c');
});

it('cuts one port silently, and both ways', async () => {
  const { net, a, b, c } = await network();
  net.setRule('1', { network: 'lan', from: 'a', lose: 1 });
  net.setRule('2', { network: 'lan', to: 'a', lose: 1 });
  a.say(EVERYBODY, 'lost');
  b.say(a.mac, 'lost too');
  b.say(c.mac, 'others');
  await c.until('others');
  expect([a.heard, b.heard, c.heard]).toEqual([[], [], ['others']]);
  net.dropRule('1');
  net.dropRule('2');
  a.say(b.mac, 'again');
  expect(await b.until('again')).toEqual(['again']);
});

it('cuts one way between two', async () => {
  const { net, a, b, c } = await network();
  net.setRule('1', { network: 'lan', from: 'a', to: 'b', lose: 1 });
  a.say(b.mac, 'lost');
  a.say(c.mac, 'past b');
  await c.until('past b');
  b.say(a.mac, 'back');
  await a.until('back');
  expect(b.heard).toEqual([]);
});

it('a rule of another network changes nothing', async () => {
  const { net, a, b } = await network();
  net.setRule('1', { network: 'replication', lose: 1 });
  a.say(b.mac, 'through');
  await b.until('through');
});

it('loses the share that it was told', async () => {
  const draws = [0.1, 0.6, 0.2, 0.7];
  let at = 0;
  const { net, a, b } = await network(() => draws[at++ % draws.length] ?? 0);
  net.setRule('1', { network: 'lan', from: 'a', lose: 0.5 });
  for (const text of ['1', '2', '3', '4']) a.say(b.mac, text);
  await b.until('4');
  expect(b.heard).toEqual(['2', '4']);
});

it('holds frames back and keeps their order', async () => {
  const { net, a, b, c } = await network();
  net.setRule('1', { network: 'lan', to: 'b', delayMs: 150 });
  const started = Date.now();
  for (const text of ['1', '2', '3']) a.say(b.mac, text);
  a.say(c.mac, 'at once');
  await c.until('at once');
  expect(b.heard).toEqual([]);
  expect(await b.until('3')).toEqual(['1', '2', '3']);
  expect(Date.now() - started).toBeGreaterThanOrEqual(140);
});
