/** Where FreeBSD keeps the programs that the lab simulates; anything else is in /usr/bin. */
const DIRECTORIES: Readonly<Record<string, string>> = {
  '/bin': 'date df domainname freebsd-version hostname kill pgrep pkill ps pwait sleep stty sync uuidgen',
  '/sbin':
    'camcontrol devd devfs dhclient dmesg dumpfs fsck fsck_ffs fsck_ufs geom ggatec glabel gmirror gpart growfs halt hastctl hastd ifconfig kldconfig kldload kldstat kldunload md5 mdconfig mdmfs mount mount_nullfs newfs ping ping6 poweroff rcorder reboot rmd160 route sha1 sha256 sha512 shutdown swapinfo swapon sysctl tunefs umount zfs zpool',
  '/usr/sbin':
    'arp chown chroot ctladm ctld daemon diskinfo fstyp jail jls mountd mtree newsyslog nfsd ntpdate pciconf pkg pw rpcbind service sshd sysrc syslogd tcpdump trpt',
};

/** Directory of a simulated program. */
export function directoryOf(name: string): string {
  for (const [directory, names] of Object.entries(DIRECTORIES)) {
    if (names.split(' ').includes(name)) return directory;
  }
  return '/usr/bin';
}
