import { describe, expect, it } from 'vitest';
import { parseHastDump } from '../../src/facts/hast-dump.js';
import { parseHastList, parseHastStatus } from '../../src/facts/hast-list.js';
import { blockOf, excerpt, transcript } from './transcript.js';

const noErrors = { read: 0, write: 0, delete: 0, flush: 0 };

describe('hastctl list', () => {
  it('reads a resource in init: no worker, no status, extent size 0', () => {
    const [block] = transcript('01-first-setup.txt').filter((one) => one.command === 'hastctl list disk0');
    expect(parseHastList(block!.output)).toEqual([
      {
        name: 'disk0',
        role: 'init',
        localPath: '/dev/vtbd1',
        remoteAddress: 'tcp4://10.77.0.2',
        replication: 'memsync',
        extentSize: 0,
        dirty: 0,
        localErrors: noErrors,
        queues: { local: 0, send: 0, recv: 0 },
      },
    ]);
  });

  it('reads a primary with a worker', () => {
    const { output } = blockOf('01-first-setup.txt', 'hasta', 'date; hastctl role primary');
    expect(parseHastList(excerpt(output, /^disk0:/))).toEqual([
      {
        name: 'disk0',
        role: 'primary',
        localPath: '/dev/vtbd1',
        remoteAddress: 'tcp4://10.77.0.2',
        replication: 'memsync',
        status: 'complete',
        workerPid: 810,
        extentSize: 2097152,
        dirty: 0,
        localErrors: noErrors,
        queues: { local: 0, send: 0, recv: 0 },
      },
    ]);
  });

  it('does not take keepdirty for dirty (measured 3.8)', () => {
    const text = 'disk0:\n  role: primary\n  keepdirty: 64\n  status: degraded\n  dirty: 79691776 (76MB)\n';
    expect(parseHastList(text)[0]).toMatchObject({ dirty: 79691776, status: 'degraded' });
    expect(parseHastList('disk0:\n  role: primary\n  keepdirty: 64\n')[0]!.dirty).toBe(0);
  });

  it('reads several resources, one in error, sourceaddr and local errors', () => {
    const text = `a:
  error: 1
b:
  role: secondary
  provname: b
  localpath: /dev/zvol/tank/vol0
  extentsize: 2097152 (2.0MB)
  keepdirty: 0
  remoteaddr: tcp6://[2001:db8::2]:8457
  sourceaddr: tcp6://[2001:db8::1]:0
  replication: fullsync
  dirty: 4194304 (4.0MB)
  statistics:
    reads: 7
    local errors: read: 1, write: 22, delete: 3, flush: 4
    queues: local: 92, send: 3, recv: 1, done: 0, idle: 159
`;
    const [a, b] = parseHastList(text);
    expect(a).toMatchObject({ name: 'a', error: 1, role: 'init' });
    expect(b).toMatchObject({
      name: 'b',
      role: 'secondary',
      localPath: '/dev/zvol/tank/vol0',
      remoteAddress: 'tcp6://[2001:db8::2]:8457',
      sourceAddress: 'tcp6://[2001:db8::1]:0',
      replication: 'fullsync',
      dirty: 4194304,
      localErrors: { read: 1, write: 22, delete: 3, flush: 4 },
      queues: { local: 92, send: 3, recv: 1 },
    });
    expect(b).not.toHaveProperty('error');
    expect(b).not.toHaveProperty('status');
  });

  it('reads the form of 8.2: no parentheses, dirty in words', () => {
    const text =
      'disk0:\n  role: primary\n  extentsize: 2097152\n  keepdirty: 64\n  status: complete\n  dirty: 6291456 bytes\n';
    expect(parseHastList(text)[0]).toMatchObject({ extentSize: 2097152, dirty: 6291456, status: 'complete' });
  });

  it.each([
    ['nothing', ''],
    ['an error message', '[ERROR] Unable to connect to hastd via /var/run/hastctl: Connection refused.\n'],
    [
      'the short table',
      'Name\tStatus\t Role\t\tComponents\ndisk0\t-        init           /dev/vtbd1\ttcp4://10.77.0.2\n',
    ],
  ])('finds no resource in %s', (_, text) => {
    expect(parseHastList(text)).toEqual([]);
  });
});

describe('hastctl status', () => {
  it('reads one line a resource, with and without a worker', () => {
    const block = transcript('07-zfs-on-hast.txt').find((one) =>
      one.output.includes('disk1\t-        secondary'),
    )!;
    const output = excerpt(block.output, /^Name/);
    expect(parseHastStatus(output)).toEqual([
      { name: 'disk1', role: 'secondary', localPath: '/dev/vtbd2', remoteAddress: 'tcp4://10.77.0.2' },
      {
        name: 'vol0',
        role: 'secondary',
        localPath: '/dev/zvol/tank/vol0',
        remoteAddress: 'tcp4://10.77.0.2',
      },
    ]);
  });

  it('reads a row in error and every state', () => {
    const table =
      'Name\tStatus\t Role\t\tComponents\na\tERR1\nb\tcomplete primary        /dev/da0\ttcp4://192.0.2.2\nc\tdegraded primary        /dev/da1\t192.0.2.2\n';
    expect(parseHastStatus(table)).toEqual([
      { name: 'a', error: 1 },
      {
        name: 'b',
        status: 'complete',
        role: 'primary',
        localPath: '/dev/da0',
        remoteAddress: 'tcp4://192.0.2.2',
      },
      { name: 'c', status: 'degraded', role: 'primary', localPath: '/dev/da1', remoteAddress: '192.0.2.2' },
    ]);
  });

  it('takes an error message for no row', () => {
    expect(
      parseHastStatus('[ERROR] Unable to connect to hastd via /var/run/hastctl: Connection refused.\n'),
    ).toEqual([]);
  });
});

describe('hastctl dump', () => {
  it('keeps the 64-bit id as text', () => {
    const [block] = transcript('01-first-setup.txt').filter((one) => one.command === 'hastctl dump disk0');
    expect(parseHastDump(block!.output)).toEqual({
      resource: 'disk0',
      datasize: 536866304,
      extentsize: 2097152,
      keepdirty: 64,
      localoff: 4608,
      resuid: '9011114991972106059',
      localcnt: 0,
      remotecnt: 0,
      prevrole: 'primary',
    });
  });

  it.each([
    ['no metadata', '[ERROR] [disk0] Unable to read metadata from /dev/vtbd1: No such file or directory.\n'],
    ['an unknown resource', '[ERROR] Unknown resource __nosuch__.\n'],
    ['half an answer', 'resource: disk0\n    datasize: 536866304 (512MB)\n'],
  ])('is undefined for %s', (_, text) => {
    expect(parseHastDump(text)).toBeUndefined();
  });
});
