import { quoteWord } from '../remote/words.js';
import { type DiskSize, parseDiskinfo } from './disks.js';
import { type Ends, parseEnds } from './ends.js';
import { ENDS_LABELS, endsFunctions } from './ends-script.js';
import { type Frames, failureOf, frameOf, textOf } from './frames.js';
import type { FactsRequest } from './types.js';

/** What one device or file says of itself when it is opened for reading. */
export interface Probe {
  exists: boolean;
  /** Where a symbolic link leads; left out for everything else. */
  linkTo?: string;
  size?: DiskSize;
  /** Resource name in HAST metadata at the front. */
  hastResource?: string;
  /** As fstyp names it: ufs, zfs, geli, msdosfs … */
  content?: string;
  /** Left out where its HAST metadata say enough, and where nobody asked. */
  ends?: Ends;
  /** Why the device could not be read, so that silence is not taken for "blank". */
  failure?: string;
}

/** Bytes of the front that are looked at: the name's offset, the longest name and its NUL. */
const HEAD_BYTES = 22 + 254 + 1;

/**
 * Probes of the requested providers and of every other disk. `fstyp -u` also names what cannot be mounted (zfs,
 * geli). Before fstyp (10.2) `file -s` answers, in words of its own. Both ends are read where something could be
 * lost: not of a provider that carries its resource already.
 */
export function probesBody(request: FactsRequest): string {
  const paths = request.providers.map((provider) => quoteWord(provider.path));
  const skip = paths.length === 0 ? '' : `    case /dev/$name in ${paths.join(' | ')}) continue ;; esac\n`;
  const probes = request.providers.map(
    ({ resource }, index) => `  probe provider.${index} ${paths[index]} ${headPattern(resource)}\n`,
  );
  return `${endsFunctions('bounded 5 dd')}${ENDS_LABELS}kind() {
  if [ -f "$1" ]; then echo file; elif [ -e "$1" ]; then echo device; else echo missing; fi
}
head_bytes() {
  bounded 5 dd if="$1" bs=4096 count=1 2>/dev/null | od -An -v -tx1 -N ${HEAD_BYTES} | tr -d ' \\n'
}
content() {
  if command -v fstyp >/dev/null 2>&1; then bounded 5 fstyp -u "$1"; else bounded 5 file -bs "$1"; fi
}
probe() {
  frame "$1.kind" kind "$2"
  [ -e "$2" ] || return 0
  [ ! -L "$2" ] || frame "$1.real" readlink -f "$2"
  frame "$1.info" bounded 5 diskinfo "$2"
  [ "$code" = 0 ] || frame "$1.size" stat -L -f %z "$2"
  head=$(head_bytes "$2" </dev/null)
  frame "$1.head" printf '%s\\n' "$head"
  frame "$1.content" content "$2"
  # shellcheck disable=SC2254 # a pattern
  case $head in $3) return 0 ;; esac
  frame "$1.mark" ends_mark "$2" provider
  media_of "$2"
  frame "$1.labels" ends_labels "$2"
}
provider_probes() {
${probes.join('')}  :
}
disk_probes() {
  for name in $(sysctl -n kern.disks 2>/dev/null </dev/null); do
${skip}    probe "disk.$name" "/dev/$name" ${request.searchDisks ? "''" : "'*'"}
  done
}
`;
}

/** Hexadecimal digits of HAST metadata of this resource, as a pattern of the shell. */
function headPattern(resource: string): string {
  const hex = (text: string): string => Buffer.from(text, 'utf8').toString('hex');
  return quoteWord(`1109${'?'.repeat(8)}${hex('resource')}${'?'.repeat(16)}${hex(resource)}00*`);
}

/** Reads the frames `ID.kind`, `ID.real`, `ID.info`, `ID.size`, `ID.head`, `ID.content`, `ID.mark` and `ID.labels`. */
export function parseProbe(frames: Frames, id: string): Probe {
  const kind = textOf(frames, `${id}.kind`);
  if (kind === 'missing') return { exists: false };
  if (kind === undefined) return { exists: true, failure: 'no answer in time' };
  const head = frameOf(frames, `${id}.head`);
  const size = parseSize(frames, id, kind);
  const hastResource = parseHastHead(head.stdout);
  const content = parseContent(frameOf(frames, `${id}.content`).stdout);
  const ends = size && endsOf(frames, id, size);
  const failure =
    unreadable(frames, id) ?? (ends?.mark === 'unreadable' ? 'its ends could not be read' : undefined);
  const linkTo = textOf(frames, `${id}.real`)?.trim();
  return {
    exists: true,
    ...(linkTo === undefined ? {} : { linkTo }),
    ...(size === undefined ? {} : { size }),
    ...(hastResource === undefined ? {} : { hastResource }),
    ...(content === undefined ? {} : { content }),
    ...(ends === undefined ? {} : { ends }),
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
  // fstyp exits 1 for what it does not know and for what it cannot open; only its words tell.
  const unknown = content.code === 1 && /not recognized/.test(content.stderr);
  return content.code === 0 || unknown ? undefined : failureOf(content);
}

function endsOf(frames: Frames, id: string, { mediaSize, sectorSize }: DiskSize): Ends | undefined {
  const labels = frameOf(frames, `${id}.labels`).stdout;
  return parseEnds(frameOf(frames, `${id}.mark`).stdout, labels, mediaSize, sectorSize);
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
