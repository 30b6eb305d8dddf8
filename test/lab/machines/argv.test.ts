import { expect, it } from 'vitest';
import { type MachineHardware, qemuArguments } from '../../../src/lab/machines/argv.js';

const HARDWARE: MachineHardware = {
  name: 'hastb',
  index: 1,
  uuid: '00000000-0000-4000-8000-000000000001',
  firmware: '/fw/code.fd',
  vars: { file: '/lab/vars.fd', format: 'raw' },
  disks: [
    { file: '/lab/vtbd0.qcow2', format: 'qcow2' },
    { file: '/lab/vtbd1.img', format: 'raw' },
    { file: '/lab/vtbd2.img', format: 'raw' },
    { file: '/lab/vtbd3.img', format: 'raw' },
  ],
  seed: '/lab/seed.tar',
  sshPort: 22022,
  switchPorts: [1111, 2222],
  monitorFd: 3,
  console: '/lab/a,b/console.log',
};

/** Values of one option, in order. */
function values(option: string, words = qemuArguments(HARDWARE)): string[] {
  return words.flatMap((word, index) => (word === option ? [words[index + 1] ?? ''] : []));
}

it('gives the disks in the order that FreeBSD numbers them by, the archive last', () => {
  const disks = values('-device').filter((device) => device.startsWith('virtio-blk-pci'));
  expect(disks.map((device) => /drive=(\w+)/.exec(device)?.[1])).toEqual([
    'vtbd0',
    'vtbd1',
    'vtbd2',
    'vtbd3',
    'seed',
  ]);
  expect(disks[0]).toContain('bootindex=0');
});

it('keeps nothing of a disk in memory, so that a power cut loses nothing written', () => {
  const disks = values('-device').filter((device) => device.includes('drive=vtbd'));
  expect(disks.every((device) => device.includes('write-cache=off'))).toBe(true);
  const nodes = values('-blockdev').map((text) => JSON.parse(text) as Record<string, unknown>);
  const root = nodes.find((node) => node['node-name'] === 'vtbd0');
  expect(root).toMatchObject({
    driver: 'raw',
    cache: { 'no-flush': true },
    file: { driver: 'qcow2', 'node-name': 'vtbd0-format', file: { filename: '/lab/vtbd0.qcow2' } },
  });
});

it('writes to no file but the machine’s own', () => {
  const nodes = values('-blockdev').map((text) => JSON.parse(text) as Record<string, unknown>);
  const readOnly = nodes.filter((node) => node['read-only'] === true).map((node) => node['node-name']);
  expect(readOnly).toEqual(['code', 'seed']);
});

it('leads one card to this machine alone and the others to the switch, with addresses of their own', () => {
  expect(values('-netdev')).toEqual([
    'user,id=net0,restrict=on,hostfwd=tcp:127.0.0.1:22022-:22',
    expect.stringContaining('remote.port=1111'),
    expect.stringContaining('remote.port=2222'),
  ]);
  const addresses = (index: number) =>
    qemuArguments({ ...HARDWARE, index }).flatMap((word) => /mac=([\w:]+)/.exec(word)?.[1] ?? []);
  expect(new Set([...addresses(0), ...addresses(1), ...addresses(2)]).size).toBe(9);
});

it('begins stopped, and never resets by itself', () => {
  const words = qemuArguments(HARDWARE);
  expect(words).toEqual(expect.arrayContaining(['-S', '-no-reboot']));
  expect(words).not.toContain('-incoming');
  expect(values('-chardev')).toContain('file,id=console,path=/lab/a,,b/console.log,append=on');
});

it('goes on from a saved memory', () => {
  expect(values('-incoming', qemuArguments({ ...HARDWARE, incoming: "/lab/it's here" }))).toEqual([
    `exec:cat '/lab/it'\\''s here'`,
  ]);
});
