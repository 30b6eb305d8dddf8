import { execa } from 'execa';
import { expect, it } from 'vitest';
import { profiles, seedDisk } from '../../../src/lab/machines/seed.js';

const KEYS = {
  login: 'ssh-ed25519 LOGIN lab',
  hostPrivate: 'PRIVATE\n',
  hostPublic: 'ssh-ed25519 HOST root@x',
};

async function unpacked(client: number, file: string): Promise<string> {
  const profile = profiles(true)[client];
  if (!profile) throw new Error('no such machine');
  const input = seedDisk(profile, KEYS, new Date(0));
  return (await execa('tar', ['-xOf', '-', file], { input, stripFinalNewline: false })).stdout;
}

it('gives a machine its name, addresses and keys', async () => {
  expect(await unpacked(1, 'etc/rc.conf')).toMatch(
    /^hostname="hastb"\n.*\nifconfig_vtnet1="inet 192\.168\.50\.12\/24"\nifconfig_vtnet2="inet 10\.77\.0\.2\/24"\n/,
  );
  expect(await unpacked(0, 'root/.ssh/authorized_keys')).toBe('ssh-ed25519 LOGIN lab\n');
  expect(await unpacked(0, 'etc/ssh/ssh_host_ed25519_key')).toBe('PRIVATE\n');
  expect(await unpacked(0, 'etc/ssh/ssh_host_ed25519_key.pub')).toBe('ssh-ed25519 HOST root@x\n');
});

it('leaves the client out of the replication network', async () => {
  const text = await unpacked(2, 'etc/rc.conf');
  expect(text).toContain('hostname="client"');
  expect(text).toContain('192.168.50.13/24');
  expect(text).not.toContain('vtnet2');
  expect(profiles(false).map(({ name }) => name)).toEqual(['hasta', 'hastb']);
});
