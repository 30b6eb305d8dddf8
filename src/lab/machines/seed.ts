import { type TarEntry, tarDisk } from './tar.js';

/** Where a machine stands in the pair's networks. */
export interface MachineProfile {
  name: string;
  /** On the LAN, vtnet1. */
  lan: string;
  /** On the replication network, vtnet2; the client has none. */
  replication?: string;
}

const PAIR: readonly MachineProfile[] = [
  { name: 'hasta', lan: '192.168.50.11', replication: '10.77.0.1' },
  { name: 'hastb', lan: '192.168.50.12', replication: '10.77.0.2' },
];
const CLIENT: MachineProfile = { name: 'client', lan: '192.168.50.13' };

/** The machines of a lab, in order. */
export function profiles(client: boolean): readonly MachineProfile[] {
  return client ? [...PAIR, CLIENT] : PAIR;
}

export interface SeedKeys {
  /** Public key of the lab, which may log in as root. */
  login: string;
  /** The machine's own host key, known before it boots. */
  hostPrivate: string;
  hostPublic: string;
}

/**
 * The fifth disk of a machine: the archive that it unpacks over `/` on its first boot. Host keys other than
 * ed25519 would take the emulated machine many seconds to make, and nobody asks for them.
 */
export function seedDisk(profile: MachineProfile, keys: SeedKeys, now: Date): Buffer {
  const entries: TarEntry[] = [
    { path: 'etc/rc.conf', mode: 0o644, content: rcConf(profile) },
    { path: 'etc/ssh/ssh_host_ed25519_key', mode: 0o600, content: keys.hostPrivate },
    { path: 'etc/ssh/ssh_host_ed25519_key.pub', mode: 0o644, content: `${keys.hostPublic}\n` },
    { path: 'root/.ssh/', mode: 0o700 },
    { path: 'root/.ssh/authorized_keys', mode: 0o600, content: `${keys.login}\n` },
  ];
  return tarDisk(entries, now);
}

function rcConf({ name, lan, replication }: MachineProfile): string {
  return [
    `hostname="${name}"`,
    'ifconfig_vtnet0="inet 10.0.2.15/24"',
    `ifconfig_vtnet1="inet ${lan}/24"`,
    ...(replication === undefined ? [] : [`ifconfig_vtnet2="inet ${replication}/24"`]),
    'sshd_enable="YES"',
    'sshd_rsa_enable="NO"',
    'sshd_ecdsa_enable="NO"',
    'sendmail_enable="NONE"',
    'cron_enable="NO"',
    'background_fsck="NO"',
    // Without it a power cut right after a boot can leave a root file system that waits for somebody at the console.
    'fsck_y_enable="YES"',
    '',
  ].join('\n');
}
