import { randomBytes } from 'node:crypto';
import { type Frames, frameOf, parseFrames, prelude, textOf } from '../facts/frames.js';
import type { Target } from '../remote/target.js';
import { quoteWord } from '../remote/words.js';
import { BACKUP_DIR } from '../spec/paths.js';
import { type ClusterSpec, nodeOf } from '../spec/types.js';

/** What only the doctor asks of a node, in one more round trip; undefined: not answered. */
export interface NodeAnswers {
  /** Paths of rc scripts in the order of the boot. */
  bootOrder?: readonly string[];
  /** Live CARP password of the pair's vhid. Compared, never shown. */
  carpKey?: string;
  /** Rules of pf, when it filters; empty text: no rules. */
  pfRules?: string;
  /** Property `cachefile` by pool. */
  cachefile: Readonly<Record<string, string>>;
  /** Pools of the cluster file that a cache file on disk names. */
  cachedPools: readonly string[];
  /** What `tunefs -p` says of mounted UFS storage, by mount point. */
  tunefs: Readonly<Record<string, string>>;
  /** Lines about disks in /var/log/messages, newest last. */
  diskMessages: readonly string[];
  /** What smartctl says of each disk's health, by device; absent: no smartctl, or no such disk. */
  smart: Readonly<Record<string, string>>;
  /** Backups that hastconf keeps there. */
  backups: readonly string[];
  /** Lines of /etc/syslog.conf and what it includes. */
  syslogLines: readonly string[];
  /** Lines of crontabs that copy file systems somewhere, as `file:line`. */
  copyJobs: readonly string[];
}

/** The question; read-only, POSIX sh. */
export function answersScript(spec: ClusterSpec, node: string, nonce: string): string {
  const nic = quoteWord(nodeOf(spec, node).interface);
  const pools = spec.storage.flatMap((one) => (one.type === 'zfs' ? [one.pool] : []));
  const mounts = spec.storage.flatMap((one) => (one.type === 'ufs' ? [one.mountpoint] : []));
  const disks = spec.resources.flatMap(({ local, zvol }) => (zvol ? [] : [diskOf(local[node]!)]));
  return `${prelude(nonce)}
pool_cached() {
  for cache in /etc/zfs/zpool.cache /boot/zfs/zpool.cache; do
    if [ -f "$cache" ] && grep -aqF "$1" "$cache"; then return 0; fi
  done
  return 1
}
disk_messages() { grep -aE ${quoteWord(DISK_TROUBLE)} /var/log/messages | tail -n 20; }
backup_names() { ls ${BACKUP_DIR}; }
syslog_text() { cat /etc/syslog.conf /etc/syslog.d/*.conf /usr/local/etc/syslog.d/*.conf 2>/dev/null; }
copy_jobs() {
  for tab in /etc/crontab /etc/cron.d/* /usr/local/etc/cron.d/* /var/cron/tabs/*; do
    if [ -f "$tab" ]; then grep -HE ${quoteWord(COPIERS)} "$tab"; fi
  done
}
frame order bounded 10 service -r
frame copies copy_jobs
frame key ifconfig -k ${nic}
if [ -c /dev/pf ]; then frame pf.info bounded 5 pfctl -s info; frame pf.rules bounded 5 pfctl -s rules; fi
${pools.map((pool, at) => `frame cached.${at} pool_cached ${quoteWord(pool)}\n`).join('')}if kldstat -q -m zfs; then
  :
${pools.map((pool, at) => `  frame cachefile.${at} bounded 5 zpool list -H -o cachefile ${quoteWord(pool)}\n`).join('')}fi
${mounts.map((path, at) => `frame tunefs.${at} bounded 5 tunefs -p ${quoteWord(path)}\n`).join('')}frame messages disk_messages
frame backups backup_names
frame syslog syslog_text
if command -v smartctl >/dev/null 2>&1; then
  :
${[...new Set(disks)].map((disk, at) => `  frame smart.${at} bounded 8 smartctl -H ${quoteWord(disk)}\n`).join('')}fi
printf '%s done\\n' "$nonce"
`;
}

/** Programs that send snapshots, dumps or files to a third machine. */
const COPIERS = '[ /](syncoid|zxfer|zrepl|zfs-autobackup|zap|zfs +send|rsync|dump) ';

/** What the kernel says when a disk fails: CAM's errors, timeouts, GEOM's, ZFS's. */
const DISK_TROUBLE =
  'CAM status: |Retries exhausted|g_vfs_done|UNCORRECTABLE|MEDIUM ERROR|HARDWARE FAILURE|[Cc]hecksum mismatch|Local request failed';

export async function readAnswers(
  target: Target,
  spec: ClusterSpec,
  signal: AbortSignal,
): Promise<NodeAnswers> {
  const nonce = randomBytes(16).toString('hex');
  const result = await target.script(answersScript(spec, target.node, nonce), { timeoutMs: 90_000, signal });
  return parseAnswers(parseFrames(result.stdout, nonce).frames, spec, target.node);
}

export function parseAnswers(frames: Frames, spec: ClusterSpec, node: string): NodeAnswers {
  const pools = spec.storage.flatMap((one) => (one.type === 'zfs' ? [one.pool] : []));
  const mounts = spec.storage.flatMap((one) => (one.type === 'ufs' ? [one.mountpoint] : []));
  const disks = [
    ...new Set(spec.resources.flatMap(({ local, zvol }) => (zvol ? [] : [diskOf(local[node]!)]))),
  ];
  const order = textOf(frames, 'order');
  const key = keyOf(textOf(frames, 'key') ?? '', spec.carp.vhid);
  const pf = pfRules(frames);
  return {
    ...(order === undefined ? {} : { bootOrder: lines(order) }),
    ...(key === undefined ? {} : { carpKey: key }),
    ...(pf === undefined ? {} : { pfRules: pf }),
    cachefile: known(pools, (_, at) => textOf(frames, `cachefile.${at}`)?.trim()),
    cachedPools: pools.filter((_, at) => frameOf(frames, `cached.${at}`).code === 0),
    tunefs: known(mounts, (_, at) => {
      const { code, stdout, stderr } = frameOf(frames, `tunefs.${at}`);
      return code === 0 ? `${stdout}${stderr}` : undefined;
    }),
    diskMessages: lines(frameOf(frames, 'messages').stdout),
    smart: known(disks, (_, at) => {
      const { stdout } = frameOf(frames, `smart.${at}`);
      return /(?:overall-health|Health Status).*/.exec(stdout)?.[0];
    }),
    backups: lines(textOf(frames, 'backups') ?? ''),
    syslogLines: lines(frameOf(frames, 'syslog').stdout),
    copyJobs: lines(frameOf(frames, 'copies').stdout).filter((line) => !/^[^:]*:\s*#/.test(line)),
  };
}

/** `carp: MASTER vhid 1 advbase 1 advskew 0 key "secret"`. */
function keyOf(text: string, vhid: number): string | undefined {
  for (const line of text.split('\n')) {
    const [, own, rest] = /^\s*carp: \S+ vhid (\d+) (.*)/.exec(line) ?? [];
    if (Number(own) === vhid) return /(?:^| )key "([^"]*)"/.exec(rest!)?.[1];
  }
  return undefined;
}

function pfRules(frames: Frames): string | undefined {
  if (!/^Status: Enabled/m.test(textOf(frames, 'pf.info') ?? '')) return undefined;
  return textOf(frames, 'pf.rules') ?? '';
}

/** The disk behind a partition or label: smartctl wants it whole. */
function diskOf(path: string): string {
  return path.replace(/^(\/dev\/[a-z]+\d+)[ps]\d.*$/, '$1');
}

function known(
  names: readonly string[],
  answer: (name: string, at: number) => string | undefined,
): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name, at) => {
      const found = answer(name, at);
      return found === undefined ? [] : [[name, found] as const];
    }),
  );
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}
