import { words } from '../plan/shell.js';
import type { PairFacts } from '../plan/types.js';
import { type ClusterSpec, nodeOf, type StorageSpec } from '../spec/types.js';

/** Seconds between two looks. */
const INTERVAL_SECONDS = 0.2;
/** After these the script ends by itself, should nobody have ended it: about half an hour. */
const MOST_LOOKS = 9000;

export interface ProbeOptions {
  /** Marks the script's own lines; letters and digits only. */
  nonce: string;
  node: string;
  /** What to look for; see {@link tracesOf}. */
  traces: readonly Trace[];
}

/** What shows that a node has a part of the storage: a mount, or a device. */
export type Trace = { mount: string; on: string } | { pool: string } | { device: string };

/**
 * How the storage shows on the node that serves it, without asking anything that may hang. A pool without a mounted
 * dataset shows in its devices.
 */
export function tracesOf(spec: ClusterSpec, facts: PairFacts): Trace[] {
  const mounts = Object.values(facts).flatMap((own) => own.mounts);
  const isMounted = (pool: string) =>
    mounts.some(({ device }) => device === pool || device.startsWith(`${pool}/`));
  return spec.storage.flatMap((storage: StorageSpec): Trace[] => {
    if (storage.type === 'ufs') return [{ mount: `/dev/hast/${storage.resource}`, on: storage.mountpoint }];
    if (storage.type === 'zfs' && isMounted(storage.pool)) return [{ pool: storage.pool }];
    const resources = storage.type === 'zfs' ? storage.resources : [storage.resource];
    return resources.map((name) => ({ device: `/dev/hast/${name}` }));
  });
}

/**
 * A script that says five times a second what its node has, as lines `NONCE STORAGE ADDRESS` of ones and zeros. It
 * changes nothing, and ends at its next line once nobody reads it any more.
 */
export function probeScript(spec: ClusterSpec, { nonce, node, traces }: ProbeOptions): string {
  if (!/^[A-Za-z0-9]+$/.test(nonce)) throw new Error('nonce must be letters and digits');
  return `looks=0
while [ "$looks" -lt ${MOST_LOOKS} ]; do
	looks=$((looks + 1)) pools=' ' found=0 storage=0 address=0
	while read -r device point _rest; do
		case $device:$point in
${traces.flatMap(mountCase).join('\n')}
		*) ;;
		esac
	done <<END_OF_MOUNTS
$(mount -p 2>/dev/null)
END_OF_MOUNTS
${traces.flatMap(deviceTest).join('\n')}
	case $(ifconfig ${words(nodeOf(spec, node).interface)} 2>/dev/null) in
	*"carp: MASTER vhid ${spec.carp.vhid} "*) address=1 ;;
	esac
	[ "$found" -lt ${traces.length} ] || storage=1
	printf '%s %s %s\\n' ${nonce} "$storage" "$address" || exit 0
	sleep ${INTERVAL_SECONDS} || exit 0
done
exit 0
`;
}

/** A pool has many datasets, and counts once. */
function mountCase(trace: Trace): string[] {
  if ('mount' in trace) return [`\t\t${words(`${trace.mount}:${trace.on}`)}) found=$((found + 1)) ;;`];
  if (!('pool' in trace)) return [];
  const pool = words(trace.pool);
  return [
    `\t\t${pool}:* | ${pool}/*) case $pools in *" "${pool}" "*) ;; *) pools="$pools"${pool}" " found=$((found + 1)) ;; esac ;;`,
  ];
}

function deviceTest(trace: Trace): string[] {
  return 'device' in trace ? [`\t[ ! -e ${words(trace.device)} ] || found=$((found + 1))`] : [];
}
