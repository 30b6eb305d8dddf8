import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { clusterFile, SIZES } from '../../src/bench/cluster.js';
import { figures, sectionText, timedInTurn } from '../../src/bench/measure.js';
import { Meter } from '../../src/bench/meter.js';
import { rowsOf } from '../../src/bench/render.js';
import { parseSpec } from '../../src/spec/load.js';

describe('figures', () => {
  it('are least, middle and most, whatever the order', () => {
    expect(figures([9, 1, 5])).toEqual({ min: 1, median: 5, max: 9, runs: 3 });
  });

  it('leave the first round out and take the subjects in turn', async () => {
    const order: string[] = [];
    const note = (name: string) => async () => {
      order.push(name);
    };
    const measured = await timedInTurn(2, { a: note('a'), b: note('b') });
    expect(order.join('')).toBe('ababab');
    expect([measured.a?.runs, measured.b?.runs]).toEqual([2, 2]);
  });
});

describe('a section', () => {
  it('is a table below its title', () => {
    const rows = [
      { subject: 'one', cells: ['1', '22'], remark: 'fine' },
      { subject: 'longer', cells: ['333', '4'] },
    ];
    expect(sectionText({ title: 'T', columns: ['min', 'max'], rows, data: {} })).toBe(
      ['T', '          min  max', '  one     1    22   fine', '  longer  333  4'].join('\n'),
    );
  });
});

describe('the render section', () => {
  const of = { node: figures([50]), help: figures([70]), render: figures([160]) };

  it('tells what rendering takes above the program’s own start and above node’s, and shows both', () => {
    expect(rowsOf(64, of).map(({ subject, cells }) => [subject, cells[1]])).toEqual([
      ['64 resources', '160'],
      ['  hastconf --help', '70'],
      ['  node -e 0', '50'],
    ]);
    expect(rowsOf(64, of)[0]?.remark).toBe(
      '90 ms above hastconf --help (aim 100 ms: met), 110 ms above node -e 0 (aim 100 ms: MISSED)',
    );
    expect(rowsOf(1, of)[0]?.remark).toBe('90 ms above hastconf --help, 110 ms above node -e 0');
  });
});

describe('the bench’s cluster file', () => {
  it.each(SIZES)('is valid with %d resources', (size) => {
    const spec = parseSpec(clusterFile(size), 'cluster.yaml', { directory: '/tmp' });
    expect(spec.resources).toHaveLength(size);
    expect(spec.storage).toHaveLength(size);
  });
});

describe('Meter', () => {
  it('passes bytes on unchanged and counts them until they are taken', async () => {
    const echo = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
    echo.listen(0, '127.0.0.1');
    await once(echo, 'listening');
    const address = echo.address();
    const meter = await Meter.before(typeof address === 'object' && address ? address.port : 0);
    const client = connect(meter.port, '127.0.0.1');
    client.end('hello');
    let heard = '';
    client.on('data', (chunk: Buffer) => {
      heard += chunk.toString();
    });
    await once(client, 'close');
    expect(heard).toBe('hello');
    expect(meter.take()).toEqual({ connections: 1, sent: 5, received: 5 });
    expect(meter.take()).toEqual({ connections: 0, sent: 0, received: 0 });
    await meter.close();
    echo.close();
  });
});
