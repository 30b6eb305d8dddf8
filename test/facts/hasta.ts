import type { FactsRequest } from '../../src/facts/types.js';
import type { Answer, Programs } from './fake-node.js';
import { hastHeadBytes } from './hast-head.js';
import { blockOf, excerpt, transcript } from './transcript.js';

/** The measured hasta as programs that replay its transcripts: disk0 is primary and complete, with a mounted UFS. */

const storage = blockOf('08-facts.txt', 'hasta', 'sysctl -n kern.disks; diskinfo').output;
const network = blockOf('08-facts.txt', 'hasta', 'netstat -rn -f inet').output;
const rc = blockOf('08-facts.txt', 'hasta', 'sysrc -a; sysrc -n hastd_enable').output;
const carp = blockOf('03-carp.txt', 'hasta', 'kldload carp; sysctl').output;
const running = blockOf('01-first-setup.txt', 'hasta', 'date; hastctl role primary').output;
const dump = transcript('01-first-setup.txt').find((block) => block.command === 'hastctl dump disk0')!;
const notRecognized = (path: string): Answer => ({
  err: `fstyp: ${path}: filesystem not recognized\n`,
  code: 1,
});
const noSuchOid = (name: string): Answer => ({ err: `sysctl: unknown oid '${name}'\n`, code: 1 });
const notLoaded: Answer = { code: 1 };

export const request: FactsRequest = {
  node: 'hasta',
  providers: [
    { resource: 'disk0', path: '/dev/vtbd1' },
    { resource: 'disk9', path: '/dev/vtbd9' },
  ],
  files: ['/etc/hast.conf', '/etc/rc.conf', '/etc/hosts', '/usr/local/etc/hastconf/agent.conf'],
  filesBefore93: ['/etc/devd.conf'],
  services: ['hastd', 'devd', 'carp_hast'],
  ping: ['10.77.0.2', '192.168.50.99'],
  sysctls: ['net.inet.carp.preempt', 'net.inet.carp.nosuch'],
  directories: ['/usr/local/etc', '/hast/disk0', '/var/db/nosuch'],
};

/** No newline at its end, a quote, a blank line and what looks like a marker: all must arrive as they are. */
export const HOSTS =
  '127.0.0.1\tlocalhost\n\n# it\'s "quoted" $HOME\nabc begin file.9.text\nlast line without an end';

export const files: Readonly<Record<string, string | Buffer>> = {
  '/etc/hast.conf': 'resource disk0 {\n}\n',
  '/etc/rc.conf': 'hostname="hasta"\n',
  '/etc/hosts': HOSTS,
  '/etc/devd.conf': 'not read on this release\n',
  '/etc/rc.d/hastd': '',
  '/etc/rc.d/devd': '',
  '/etc/ssh/ssh_host_ed25519_key.pub': 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 root@hasta\n',
  '/usr/local/etc/hastconf/id_ed25519.pub': 'ssh-ed25519 AAAAC3Nza agent@hasta\n',
  '/var/db/hastconf/lock/owner': '{"who":"root"}\n',
  '/dev/vtbd0': Buffer.alloc(4096),
  '/dev/vtbd1': hastHeadBytes('disk0'),
  '/dev/vtbd2': Buffer.alloc(4096),
  '/dev/vtbd3': Buffer.alloc(4096),
  '/dev/hast/disk0': '',
  '/hast/disk0/f': 'content',
};

export const programs: Programs = {
  'freebsd-version': { '': '13.2-RELEASE\n' },
  uname: { '-m': 'amd64\n' },
  hostname: { '': 'hasta\n' },
  id: { '-u': '0\n' },
  date: { '-u +%s': '1795172149\n' },
  sysctl: {
    '-n kern.osreldate': '1302001\n',
    '-n kern.hostuuid': 'f0fcee35-56b7-426d-86f7-6df55d5a877c\n',
    '-n kern.hostid': '3365214495\n',
    '-n kern.disks': excerpt(storage, /^vtbd3 vtbd2/, /^vtbd0\t/),
    '-n net.inet.carp.preempt': '0\n',
    '-n net.inet.carp.nosuch': noSuchOid('net.inet.carp.nosuch'),
  },
  ifconfig: { '-a': excerpt(carp, /^vtnet1:/, /^\tcarp: MASTER/) },
  netstat: { '-rn -f inet': excerpt(network, /^Routing tables/, /^1$/) },
  mount: { '-p': excerpt(storage, /^\/dev\/vtbd0p2/, /^Device/) },
  swapinfo: { '-k': excerpt(storage, /^Device/, /^gptid/) },
  kldstat: { '-q -m carp': '', '-q -m g_gate': '', '-q -m zfs': notLoaded },
  sysrc: { '-a': excerpt(rc, /^cron_enable/, /^NO$/) },
  diskinfo: {
    'vtbd3 vtbd2 vtbd1 vtbd0': excerpt(storage, /^vtbd0\t/, /^=>/),
    '/dev/vtbd0': '/dev/vtbd0\t512\t1109395968\t2166789\t0\t0\t2149\t16\t63\n',
    '/dev/vtbd1': '/dev/vtbd1\t512\t536870912\t1048576\t0\t0\t1040\t16\t63\n',
    '/dev/vtbd2': '/dev/vtbd2\t512\t536870912\t1048576\t0\t0\t1040\t16\t63\n',
    '/dev/vtbd3': '/dev/vtbd3\t512\t536870912\t1048576\t0\t0\t1040\t16\t63\n',
  },
  geom: {
    'disk list': excerpt(blockOf('02-full-sync.txt', 'hasta', 'geom disk list vtbd1').output, /^Geom name/),
    'part list': '',
  },
  gpart: { 'show -p': excerpt(storage, /^=>/, /^gpart:/) },
  glabel: { 'status -s': excerpt(storage, /^gptid/, /^zfs=/) },
  fstyp: {
    '-u /dev/vtbd0': notRecognized('/dev/vtbd0'),
    '-u /dev/vtbd1': notRecognized('/dev/vtbd1'),
    '-u /dev/vtbd2': 'ufs\n',
    '-u /dev/vtbd3': notRecognized('/dev/vtbd3'),
    '-u /dev/hast/disk0': 'ufs\n',
  },
  hastctl: {
    list: excerpt(running, /^disk0:/),
    'dump -c /etc/hast.conf __nosuch__': { err: '[ERROR] Unknown resource __nosuch__.\n', code: 65 },
    'dump disk0': dump.output,
    'dump disk9': { err: '[ERROR] Unknown resource disk9.\n', code: 65 },
  },
  service: {
    'hastd rcvar': excerpt(rc, /^# hastd/, /^Cannot/),
    'hastd onestatus': 'hastd is running as pid 780.\n',
    'devd rcvar': '# devd\n#\ndevd_enable="YES"\n#   (default: "YES")\n',
    'devd onestatus': { out: 'devd is not running.\n', code: 1 },
  },
  ping: {
    '-q -o -c5 -i 0.5 -t5 10.77.0.2': '',
    '-q -o -c5 -i 0.5 -t5 192.168.50.99': { code: 2 },
  },
  stat: {
    '-L -f %Su %Sg %Lp %z /etc/hast.conf': 'root wheel 600 19\n',
    '-L -f %Su %Sg %Lp %z /etc/rc.conf': 'root wheel 644 17\n',
    '-L -f %Su %Sg %Lp %z /etc/hosts': `root wheel 644 ${Buffer.byteLength(HOSTS)}\n`,
  },
  df: {
    '-k /usr/local/etc /hast/disk0': `Filesystem      1024-blocks   Used  Avail Capacity  Mounted on
/dev/vtbd0p2        1015324 512000 422100    55%    /
/dev/hast/disk0      507900  65536 401732    14%    /hast/disk0
`,
  },
  pw: { 'usershow hastpeer': { err: "pw: no such user `hastpeer'\n", code: 67 } },
};

/** The same node with some programs answering otherwise. */
export function programsWith(changes: Programs): Programs {
  const merged: Record<string, Readonly<Record<string, Answer>>> = { ...programs };
  for (const [name, answers] of Object.entries(changes)) merged[name] = { ...merged[name], ...answers };
  return merged;
}
