import { quoteWord } from '../remote/words.js';
import { type DiskSize, parseDiskinfo } from './disks.js';
import { type Frames, failureOf, frameOf, textOf } from './frames.js';
import type { FactsRequest } from './types.js';

/** What one device or file says of itself when it is opened for reading. */
export interface Probe {
  exists: boolean;
  size?: DiskSize;
  /** Resource name in HAST metadata at the front. */
  hastResource?: string;
  /** As fstyp names it: ufs, zfs, geli, msdosfs … */
  content?: string;
  /** Why the device could not be read, so that silence is not taken for "blank". */
  failure?: string;
}

/** Bytes of the front that are looked at: the name's offset, the longest name and its NUL. */
const HEAD_BYTES = 22 + 254 + 1;

/**
 * Probes of the requested providers and of every other disk. `fstyp -u` also names what cannot be mounted (zfs,
 * geli). Before fstyp (10.2) `file -s` answers, in words of its own.
 */
export function probesBody(request: FactsRequest): string {
  const paths = request.providers.map((provider) => quoteWord(provider.path));
  const skip = paths.length === 0 ? '' : `    case /dev/$name in ${paths.join(' | ')}) continue ;; esac\n`;
  return `kind() {
  if [ -f "$1" ]; then echo file; elif [ -e "$1" ]; then echo device; else echo missing; fi
}
head_bytes() {
  bounded 5 dd if="$1" bs=4096 count=1 2>/dev/null | od -An -v -tx1 -N ${HEAD_BYTES}
}
content() {
  if command -v fstyp >/dev/null 2>&1; then bounded 5 fstyp -u "$1"; else bounded 5 file -bs "$1"; fi
}
probe() {
  frame "$1.kind" kind "$2"
  [ -e "$2" ] || return 0
  frame "$1.info" bounded 5 diskinfo "$2"
  [ "$code" = 0 ] || frame "$1.size" stat -L -f %z "$2"
  frame "$1.head" head_bytes "$2"
  frame "$1.content" content "$2"
}
provider_probes() {
${paths.map((path, index) => `  probe provider.${index} ${path}\n`).join('')}  :
}
disk_probes() {
  for name in $(sysctl -n kern.disks 2>/dev/null </dev/null); do
${skip}    probe "disk.$name" "/dev/$name"
  done
}
`;
}

/** Reads the frames `ID.kind`, `ID.info`, `ID.size`, `ID.head` and `ID.content`. */
export function parseProbe(frames: Frames, id: string): Probe {
  const kind = textOf(frames, `${id}.kind`);
  if (kind === 'missing') return { exists: false };
  if (kind === undefined) return { exists: true, failure: 'no answer in time' };
  const head = frameOf(frames, `${id}.head`);
  const size = parseSize(frames, id, kind);
  const hastResource = parseHastHead(head.stdout);
  const content = parseContent(frameOf(frames, `${id}.content`).stdout);
  const failure = unreadable(frames, id);
  return {
    exists: true,
    ...(size === undefined ? {} : { size }),
    ...(hastResource === undefined ? {} : { hastResource }),
    ...(content === undefined ? {} : { content }),
    ...(failure === undefined ? {} : { failure }),
  };
}

function parseSize(frames: Frames, id: string, kind: string): DiskSize | undefined {
  const [size] = parseDiskinfo(frameOf(frames, `${id}.info`).stdout).values();
  if (size || kind !== 'file') return size;
  // hastd takes a regular file with sectors of 512 bytes; diskinfo does not take it at all.
  const bytes = textOf(frames, `${id}.size`);
  return bytes !== undefined && /^\d+$/.test(bytes)
    ? { mediaSize: Number(bytes), sectorSize: 512 }
    : undefined;
}

/** Blank is known only when the front was read and fstyp looked: otherwise say why not. */
function unreadable(frames: Frames, id: string): string | undefined {
  const head = frameOf(frames, `${id}.head`);
  if (head.stdout.trim() === '') return failureOf(head) ?? 'its first bytes could not be read';
  const content = frameOf(frames, `${id}.content`);
  // fstyp exits 1 for "not recognized".
  return content.code === 0 || content.code === 1 ? undefined : failureOf(content);
}

/**
 * HAST's metadata: bytes 11 09, `resource` at 6, the resource's name at 22 up to NUL. The number of a resource
 * that is not in hast.conf yet cannot be asked of hastctl, but its name is here.
 */
export function parseHastHead(hex: string): string | undefined {
  const bytes = Buffer.from(hex.replace(/[^0-9a-fA-F]/g, ''), 'hex');
  if (bytes.length < 23 || bytes[0] !== 0x11 || bytes[1] !== 0x09) return undefined;
  if (bytes.subarray(6, 14).toString('latin1') !== 'resource') return undefined;
  const end = bytes.indexOf(0, 22);
  return bytes.subarray(22, end < 0 ? bytes.length : end).toString('utf8');
}

/** First word of fstyp's answer, or file's sentence (`data`, `empty`, `cannot open …`: nothing known). */
export function parseContent(text: string): string | undefined {
  const answer = text.trim();
  if (/^(?:data\b|empty\b|cannot open|$)/.test(answer)) return undefined;
  if (/Unix Fast File system/i.test(answer)) return 'ufs';
  return answer.split('\n')[0]!;
}
