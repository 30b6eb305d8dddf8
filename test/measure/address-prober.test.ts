import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { AddressProber, addressToProbe } from '../../src/measure/address-prober.js';
import { totalSeconds } from '../../src/measure/outage.js';
import { pairSpec } from '../sync/spec.js';

const HERE = '127.0.0.1';

describe('the shared address, seen from here', () => {
  it('is answered by a listener and by a refusal', async () => {
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, HERE, resolve));
    const { port } = server.address() as { port: number };
    const start = performance.now();
    const prober = new AddressProber(HERE, port, 60_000);
    await sleep(500);
    await new Promise((resolve) => server.close(resolve));
    await sleep(500);
    const end = performance.now();
    await prober.stop();
    expect(prober.gaps(start, end)).toEqual([]);
  });

  it('that never answers is not measured', async () => {
    // A name that cannot be one: nothing is asked of any network.
    const prober = new AddressProber('nothing.invalid');
    await sleep(300);
    await prober.stop();
    expect(prober.gaps(0, performance.now())).toBe(undefined);
  });

  it('is not asked for where the nodes are reached through loopback', () => {
    const spec = pairSpec();
    const [a, b] = spec.nodes;
    const lab = { ...spec, nodes: [{ ...a, ssh: { host: HERE, become: 'none' } }, b] as const };
    expect(addressToProbe(lab)).toBe(undefined);
    expect(addressToProbe(spec)).toBe(spec.carp.address);
    expect(totalSeconds([])).toBe(0);
  });
});
