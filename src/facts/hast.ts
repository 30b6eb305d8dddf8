import { quoteWord } from '../remote/words.js';
import { type Frames, failureOf, frameOf } from './frames.js';
import { parseHastDump } from './hast-dump.js';
import { parseHastList } from './hast-list.js';
import { parseProbe } from './probe.js';
import { record } from './record.js';
import type { FactsRequest, HastDeviceFacts, HastFacts, HastMetadataFacts } from './types.js';

const HAST_CONF = '/etc/hast.conf';
/** sysexits of hastctl: usage (no `list` before 9.2), unknown resource. */
const USAGE = 64;
const UNKNOWN_RESOURCE = 65;

/**
 * Roles, metadata, validity of hast.conf. hastctl blocks for as long as hastd waits for an old worker, hence
 * `bounded`. `dump` opens providers by itself and needs no hastd; it exits 65 for an unknown resource exactly
 * when the file is valid on this node.
 */
export function hastBody(request: FactsRequest): string {
  const dumps = request.providers.map(
    ({ resource }, index) => `  frame hast.dump.${index} bounded 5 hastctl dump ${quoteWord(resource)}\n`,
  );
  return `hast_facts() {
  frame hast.list bounded 5 hastctl list
  if [ "$code" = ${USAGE} ]; then frame hast.list bounded 5 hastctl status; fi
  frame hast.config bounded 5 hastctl dump -c ${HAST_CONF} __nosuch__
  [ "$code" = ${UNKNOWN_RESOURCE} ] || return 0
${dumps.join('')}  :
}
`;
}

export function parseHast(frames: Frames, request: FactsRequest): HastFacts {
  const list = frameOf(frames, 'hast.list');
  const resources = parseHastList(list.stdout);
  // A resource in error gives its EHAST code as exit code, and the others are listed all the same.
  const running = list.code === 0 || resources.length > 0;
  const error = running ? undefined : failureOf(list);
  const configExit = frameOf(frames, 'hast.config').code;
  return {
    running,
    ...(error === undefined ? {} : { error }),
    resources: record(resources.map((resource) => [resource.name, resource])),
    metadata: record(
      request.providers.map(({ resource }, index) => [resource, metadataOf(frames, resource, index)]),
    ),
    ...(configExit === undefined ? {} : { configExit }),
  };
}

/**
 * Metadata of the requested provider. `dump` reads the provider that hast.conf names, which may be another one
 * than the cluster file's: it counts only where the provider itself carries this resource's metadata.
 */
function metadataOf(frames: Frames, resource: string, index: number): HastMetadataFacts | undefined {
  const dump = frameOf(frames, `hast.dump.${index}`);
  const metadata = dump.code === 0 ? parseHastDump(dump.stdout) : undefined;
  if (metadata?.resource !== resource) return undefined;
  const probe = parseProbe(frames, `provider.${index}`);
  const readable = probe.exists && frameOf(frames, `provider.${index}.head`).stdout.trim() !== '';
  return readable && probe.hastResource !== resource ? undefined : metadata;
}

/**
 * Every device below /dev/hast, looked into side by side: a stale primary's device can block its reader for ever
 * (in the kernel, out of reach of any signal) and must not hide the others. Lines are short, so they stay whole.
 */
export function hastDevicesBody(): string {
  return `device_content() {
  device_type=$(bounded 4 fstyp -u "$1" 2>/dev/null </dev/null)
  printf '%s\\t%s\\t%s\\n' "$1" "$?" "$device_type"
}
device_contents() {
  for device in /dev/hast/*; do
    [ -e "$device" ] || continue
    device_content "$device" &
  done
  wait
}
device_names() {
  for device in /dev/hast/*; do
    if [ -e "$device" ]; then printf '%s\\n' "$device"; fi
  done
}
device_frames() {
  frame devices.names device_names
  frame devices.contents device_contents
}
`;
}

/** A device without a line of its own did not answer in time. */
export function parseHastDevices(frames: Frames): HastDeviceFacts[] {
  const answers = new Map(
    frameOf(frames, 'devices.contents')
      .stdout.split('\n')
      .map((line) => line.split('\t'))
      .map(([device, code, content]) => [device, { code: Number(code), content }] as const),
  );
  return frameOf(frames, 'devices.names')
    .stdout.split('\n')
    .filter((device) => device !== '')
    .map((device) => {
      const name = device.replace('/dev/hast/', '');
      const answer = answers.get(device);
      if (!answer || answer.code === 124) return { name, hung: true };
      return answer.code === 0 && answer.content ? { name, content: answer.content } : { name };
    });
}
