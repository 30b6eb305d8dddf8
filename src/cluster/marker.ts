import type { NodeFacts } from '../facts/types.js';
import { sha256 } from '../plan/applied.js';
import { stepScript, words } from '../plan/shell.js';
import type { Step } from '../plan/types.js';
import type { ClusterSpec } from '../spec/types.js';

/** A file with known content, written through the storage and looked for after a move. */
export interface Marker {
  name: string;
  content: string;
}

/** Writing and reading some kilobytes; what takes longer hangs. */
const LIMIT_MS = 60_000;

/** Directories on the storage of the node that serves it; a raw resource, or a pool that mounts nothing, has none. */
export function markerPlaces(spec: ClusterSpec, { mounts }: NodeFacts): string[] {
  return spec.storage.flatMap((storage) => {
    const found = mounts.find(({ device, mountpoint }) => {
      if (storage.type === 'ufs')
        return device === `/dev/hast/${storage.resource}` && mountpoint === storage.mountpoint;
      return storage.type === 'zfs' && (device === storage.pool || device.startsWith(`${storage.pool}/`));
    });
    return found ? [found.mountpoint] : [];
  });
}

/** Writes a marker and forces it to both disks: fsync(1) returns when it is there, sync(8) does not wait. */
export function writeMarker(node: string, { name, content }: Marker, places: readonly string[]): Step {
  const files = places.map((place) => fileOf(place, name));
  const write = files.map(
    (file) => `umask 077\nprintf %s "$content" >${words(file)} && fsync ${words(file)} || exit 1`,
  );
  return {
    id: `${node}/mark/${name}`,
    node,
    phase: 'mark',
    title: `Write a marker to ${places.join(', ')}`,
    risk: 'none',
    action: {
      kind: 'script',
      timeoutMs: LIMIT_MS,
      script: stepScript(`content=${words(content)}\n${write.join('\n')}`),
    },
    verify: reads(files, content),
  };
}

/** Reads markers back on the node that serves now. */
export function verifyMarkers(node: string, markers: readonly Marker[], places: readonly string[]): Step {
  const looks = markers.map(({ name, content }) =>
    reads(
      places.map((place) => fileOf(place, name)),
      content,
    ),
  );
  return {
    id: `${node}/verify/${markers.map(({ name }) => name).join('+')}`,
    node,
    phase: 'verify',
    title: `Read ${markers.length === 1 ? 'the marker' : `${markers.length} markers`} back`,
    risk: 'none',
    action: { kind: 'script', timeoutMs: LIMIT_MS, script: stepScript(looks.join('\n')) },
  };
}

/** Takes them away again. */
export function removeMarkers(node: string, markers: readonly Marker[], places: readonly string[]): Step {
  const files = places.flatMap((place) => markers.map(({ name }) => fileOf(place, name)));
  return {
    id: `${node}/clean/markers`,
    node,
    phase: 'clean',
    title: 'Remove the markers',
    risk: 'none',
    action: { kind: 'script', timeoutMs: LIMIT_MS, script: stepScript(`rm -f ${words(...files)}`) },
    verify: files.map((file) => `[ ! -e ${words(file)} ] || exit 1`).join('\n'),
  };
}

function fileOf(place: string, name: string): string {
  return `${place === '/' ? '' : place}/${name}`;
}

function reads(files: readonly string[], content: string): string {
  return files
    .map((file) => {
      const lost = words(`${file} is not there: what was written and fsynced before is lost`);
      const other = words(`${file} is not what was written`);
      return `[ -e ${words(file)} ] || { echo ${lost} >&2; exit 1; }
[ "$(sha256 -q ${words(file)})" = ${sha256(content)} ] || { echo ${other} >&2; exit 1; }`;
    })
    .join('\n');
}
