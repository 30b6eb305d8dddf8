import { parseAddress, parseCidr, unusable } from './address.js';
import { choice, duration, flag, perNode, size, text, wholeNumber } from './leaves.js';
import * as words from './words.js';
import { type Infer, z } from './zod.js';

/**
 * The cluster file, version 1, as written: no value is transformed here, so that a finding can always
 * be told in the file's own words. `normalise.ts` turns it into a ClusterSpec.
 */

/** Largest default volblocksize (16 KiB from OpenZFS 2.2, 8 KiB before): other sizes are refused or rounded up. */
const ZVOL_MULTIPLE = 16384;

const address: words.Rule = (value) => {
  const parsed = parseAddress(value);
  if (!parsed) return 'must be an IPv4 or IPv6 address, without prefix length and scope';
  return unusable(parsed);
};

const cidr: words.Rule = (value) => {
  const parsed = parseCidr(value);
  if (!parsed) return 'must be an address and a prefix length such as 192.168.50.10/24';
  return unusable(parsed);
};

const ssh = z.strictObject({
  local: z.optional(flag()),
  host: z.optional(text(words.sshHost)),
  port: z.optional(wholeNumber(1, 65535)),
  user: z.optional(text(words.userName)),
  identity: z.optional(text(words.localFile)),
  become: z.optional(choice('none', 'sudo', 'doas', 'su')),
});

const node = z.strictObject({
  ssh: z.optional(ssh),
  local: z.optional(flag()),
  replication: text(address),
  interface: text(words.interfaceName),
});

const PASSWORD_REMEDY =
  'put it alone into a file of mode 0600 and name that file: password: { file: ~/.config/hastconf/NAME.carp }, or leave the key out to have one generated';

const carp = z.strictObject({
  address: text(cidr),
  vhid: wholeNumber(1, 255),
  advbase: z.optional(wholeNumber(1, 255)),
  password: z.optional(
    z.strictObject(
      { file: text(words.localFile) },
      // The input is never shown: it may well be the password itself.
      {
        error: (issue) =>
          issue.code === 'invalid_type'
            ? `must not stand in this file itself; ${PASSWORD_REMEDY}`
            : undefined,
      },
    ),
  ),
  unicast: z.optional(flag()),
});

const hast = z.strictObject({
  replication: z.optional(choice('memsync', 'fullsync', 'async')),
  timeout: z.optional(duration(1, 3600)),
  compression: z.optional(choice('hole', 'lzf', 'none')),
  checksum: z.optional(choice('none', 'crc32', 'sha256')),
});

const volumeSize = () =>
  size(ZVOL_MULTIPLE, 'the largest default volblocksize; ZFS refuses other sizes or rounds them up');

const resource = z.strictObject({
  local: z.optional(perNode(words.providerPath)),
  zvol: z.optional(
    z.strictObject({
      pool: perNode(words.datasetName),
      name: text(words.resourceName),
      size: volumeSize(),
      sparse: z.optional(flag()),
    }),
  ),
});

const storage = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('ufs'),
    resource: text(words.resourceName),
    mountpoint: text(words.plainPath),
    options: z.optional(z.array(text(words.mountOption))),
    journal: z.optional(flag()),
  }),
  z.strictObject({
    type: z.literal('zfs'),
    pool: text(words.poolName),
    layout: choice('stripe', 'mirror', 'raidz', 'raidz2', 'raidz3'),
    resources: z.array(text(words.resourceName)),
    properties: z.optional(z.array(text(words.zfsProperty))),
    keyFile: z.optional(text(words.keyFile)),
    keyFormat: z.optional(choice('raw', 'hex', 'passphrase')),
  }),
  z.strictObject({ type: z.literal('raw'), resource: text(words.resourceName) }),
]);

const chap = z.strictObject(
  { file: text(words.localFile), user: z.optional(text(words.chapUser)) },
  // The input is never shown: it may well be the secret itself.
  {
    error: (issue) =>
      issue.code === 'invalid_type'
        ? 'must not stand in this file itself; put the secret alone into a file of mode 0600 and name that file: chap: { file: ~/.config/hastconf/NAME.chap }'
        : undefined,
  },
);

/** Seconds that a service has before it is given up. */
const limits = { startWithin: z.optional(duration(1, 3600)), stopWithin: z.optional(duration(1, 600)) };

const service = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('nfs'),
    exports: z.array(text(words.exportLine)),
    version: z.optional(wholeNumber(3, 4)),
  }),
  z.strictObject({
    type: z.literal('iscsi'),
    target: text(words.iqn),
    resource: z.optional(text(words.resourceName)),
    volume: z.optional(text(words.volumeName)),
    size: z.optional(volumeSize()),
    chap: z.optional(chap),
    serial: z.optional(text(words.scsiSerial)),
    deviceId: z.optional(text(words.scsiDeviceId)),
    naa: z.optional(text(words.naa)),
  }),
  z.strictObject({ type: z.literal('samba'), share: text(words.sambaShare), path: text(words.plainPath) }),
  z.strictObject({ type: z.literal('rc'), name: text(words.rcServiceName), ...limits }),
  z.strictObject({ type: z.literal('jail'), name: text(words.jailName), ...limits }),
]);

const agent = z.strictObject({
  settle: z.optional(duration(0, 60)),
  bootWait: z.optional(duration(0, 3600)),
  onDemoteFailure: z.optional(choice('reboot', 'alert')),
  failback: z.optional(choice('manual', 'auto')),
  onDiskError: z.optional(choice('alert', 'handover')),
  onServiceFailure: z.optional(choice('alert', 'handover')),
  peerSshPort: z.optional(wholeNumber(1, 65535)),
  witness: z.nullish(z.array(text(address))),
  fence: z.nullish(text(words.plainPath)),
  notify: z.nullish(text(words.plainPath)),
});

export const clusterSchema = z.strictObject({
  version: z.literal(1),
  name: text(words.clusterName),
  nodes: z.record(z.string(), node),
  carp,
  preferred: z.optional(text(words.nodeName)),
  hast: z.nullish(hast),
  resources: z.record(z.string(), resource),
  storage: z.nullish(z.array(storage)),
  services: z.nullish(z.array(service)),
  agent: z.nullish(agent),
});

/** A cluster file that the schema has accepted, as written. */
export type RawCluster = Infer<typeof clusterSchema>;
export type RawNode = RawCluster['nodes'][string];
export type RawResource = RawCluster['resources'][string];
