import { generateKeyPairSync } from 'node:crypto';
import { rename } from 'node:fs/promises';
import type { Machine } from './machine.js';
import { BASE_SERVICES } from './rc-services.js';
import { RC_SUBR } from './rc-subr.js';
import { clockTime } from './text.js';

const SYSCTL_CONF = `# $FreeBSD$
#
#  This file is read when going to multi-user and its contents piped thru
#  \`\`sysctl'' to adjust kernel values.  \`\`man 5 sysctl.conf'' for details.
#

# Uncomment this to prevent users from seeing information about processes that
# are being run under another UID.
#security.bsd.see_other_uids=0
`;

function rcConf(machine: Machine): string {
  const values: [string, string][] = [
    ['cron_enable', 'NO'],
    ['defaultrouter', '10.0.2.2'],
    ['dumpdev', 'NO'],
    ['entropy_save_sz', '0'],
    ['growfs_enable', 'NO'],
    ['hostname', machine.name],
    ...machine.profile.interfaces.map((nic): [string, string] => [
      `ifconfig_${nic.name}`,
      `inet ${nic.address}/${nic.prefixLength}`,
    ]),
    ['sendmail_enable', 'NONE'],
    ['sshd_enable', 'YES'],
    ['syslogd_flags', '-s'],
    ['zfs_enable', 'NO'],
  ];
  return values.map(([name, value]) => `${name}="${value}"\n`).join('');
}

/** The files of a freshly installed node (transcript 08), and its empty disks. */
export async function prepareNode(machine: Machine, all: readonly Machine[]): Promise<void> {
  const { files } = machine;
  const directories = [
    '/etc/devd',
    '/etc/rc.d',
    '/etc/rc.conf.d',
    '/etc/ssh',
    '/etc/mail',
    '/etc/newsyslog.conf.d',
    '/etc/syslog.d',
    '/boot',
    '/dev',
    '/mnt',
    '/root',
    '/root/.ssh',
    '/tmp',
    '/usr/local/etc',
    '/usr/local/sbin',
    '/usr/local/bin',
    '/usr/libexec',
    '/var/db',
    '/var/log',
    '/var/run',
    '/var/empty',
    '/var/tmp',
    '/home',
  ];
  for (const directory of directories) await files.mkdir(directory);
  await files.write('/etc/rc.conf', rcConf(machine), 0o644);
  await files.write('/etc/sysctl.conf', SYSCTL_CONF, 0o644);
  const loader = 'console="comconsole"\ncomconsole_speed="115200"\nautoboot_delay="0"\n';
  await files.write('/boot/loader.conf', loader, 0o644);
  const hosts = all.map((one) => `${one.profile.interfaces[1]?.address ?? ''}\t\t${one.name}\n`).join('');
  await files.write(
    '/etc/hosts',
    `::1\t\t\tlocalhost localhost.my.domain\n127.0.0.1\t\tlocalhost\n${hosts}`,
    0o644,
  );
  await files.write('/etc/rc.subr', RC_SUBR, 0o644);
  await files.write('/etc/devd/zfs.conf', DEVD_ZFS, 0o644);
  await files.write(
    '/etc/devd/asus.conf',
    'notify 0 {\n\tmatch "system" "ACPI";\n\taction "true";\n};\n',
    0o644,
  );
  await files.write(
    '/etc/devd/devmatch.conf',
    'nomatch 100 {\n\taction "service devmatch quietstart";\n};\n',
    0o644,
  );
  await files.write('/etc/master.passwd', 'root::0:0::0:0:Charlie &:/root:/bin/csh\n', 0o600);
  await files.write('/etc/exports', '', 0o644);
  await files.write('/etc/fstab', '/dev/vtbd0p2\t/\tufs\trw\t1\t1\n', 0o644);
  for (const service of [...BASE_SERVICES.map((one) => one.name), 'netif', 'zfs', 'zpool']) {
    await files.write(`/etc/rc.d/${service}`, `#!/bin/sh\nexec service ${service} "$@"\n`, 0o555);
  }
  const stamp = `Nov 20 ${clockTime(machine.now())} ${machine.name} newsyslog[583]: logfile first created\n`;
  for (const log of ['messages', 'daemon.log']) await files.write(`/var/log/${log}`, stamp, 0o644);
  await hostKey(machine);
  await wrapDd(machine);
  for (const disk of machine.disks.values()) await disk.create();
  for (const part of ['vtbd0p1', 'vtbd0p2']) await files.write(`/dev/${part}`, '', 0o640);
}

/**
 * dd(1) of the node is the host's own; the script before it waits where a HAST device would, and knows
 * FreeBSD's size suffixes. The real one moves to /rescue, where FreeBSD has a second set of programs.
 */
async function wrapDd(machine: Machine): Promise<void> {
  const { files } = machine;
  const path = (await files.exists('/bin/dd')) ? '/bin/dd' : '/usr/bin/dd';
  if (!(await files.exists(path)) || (await files.exists('/rescue/dd'))) return;
  await files.mkdir('/rescue');
  await rename(await files.real(path), await files.real('/rescue/dd'));
  await files.write('/bin/dd', DD, 0o755);
}

const DD = `#!/bin/sh
bytes() {
	case $1 in
	*K) echo $((\${1%K} * 1024)) ;;
	*M) echo $((\${1%M} * 1048576)) ;;
	*G) echo $((\${1%G} * 1073741824)) ;;
	*) echo "$1" ;;
	esac
}
where='' bs=512 skip=0 count=''
for word in "$@"; do
	shift
	case $word in
	bs=*m | ibs=*m | obs=*m) word=\${word%m}M ;;
	bs=*k | ibs=*k | obs=*k) word=\${word%k}K ;;
	bs=*g | ibs=*g | obs=*g) word=\${word%g}G ;;
	esac
	case $word in
	if=/dev/hast/*)
		where=$(lab-hast-io "\${word#if=}" if) || exit 1
		continue
		;;
	of=/dev/hast/*) lab-hast-io "\${word#of=}" of || exit 1 ;;
	bs=*) bs=$(bytes "\${word#bs=}") ;;
	skip=*) skip=\${word#skip=} ;;
	count=*) count=\${word#count=} ;;
	esac
	set -- "$@" "$word"
done
[ -n "$where" ] || exec /rescue/dd "$@"
# The device is the part of its provider behind HAST's metadata; of several words of one name the last counts.
read -r disk offset size <<-end
	$where
end
left=$((size - skip * bs))
[ "$left" -gt 0 ] || left=0
[ -n "$count" ] && [ $((count * bs)) -lt "$left" ] && left=$((count * bs))
exec /rescue/dd "$@" if="$disk" iflag=skip_bytes,count_bytes skip=$((offset + skip * bs)) count="$left"
`;

const DEVD_ZFS = `notify 10 {
	match "system"		"ZFS";
	match "type"		"misc.fs.zfs.vdev_remove";
	action "logger -p kern.notice -t ZFS 'vdev removed'";
};
`;

async function hostKey(machine: Machine): Promise<void> {
  const path = '/etc/ssh/ssh_host_ed25519_key';
  if (await machine.files.exists(path)) return;
  const pair = opensshKey(`root@${machine.name}`);
  await machine.files.write(path, pair.privateKey, 0o600);
  await machine.files.write(`${path}.pub`, pair.publicKey, 0o644);
}

const lengthed = (data: Buffer | string): Buffer => {
  const bytes = Buffer.from(data);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

/** An ed25519 pair in OpenSSH's file formats. */
export function opensshKey(comment: string): { privateKey: string; publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const seed = Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url');
  const point = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  const blob = Buffer.concat([lengthed('ssh-ed25519'), lengthed(point)]);
  const check = Buffer.from('01020304', 'hex');
  const secret = Buffer.concat([
    check,
    check,
    lengthed('ssh-ed25519'),
    lengthed(point),
    lengthed(Buffer.concat([seed, point])),
    lengthed(comment),
  ]);
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, index) => index + 1));
  const one = Buffer.from('00000001', 'hex');
  const file = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    lengthed('none'),
    lengthed('none'),
    lengthed(''),
    one,
    lengthed(blob),
    lengthed(Buffer.concat([secret, padding])),
  ]);
  const lines = file.toString('base64').match(/.{1,70}/g) ?? [];
  return {
    privateKey: `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join('\n')}\n-----END OPENSSH PRIVATE KEY-----\n`,
    publicKey: `ssh-ed25519 ${blob.toString('base64')} ${comment}\n`,
  };
}
