/**
 * What the targets' own grammars can carry. hast.conf has no quoting: its lexer (sbin/hastd/token.l)
 * drops every other byte, silently, and splits the word there.
 */
export const HAST_WORD = /^[A-Za-z0-9._/:[\]-]+$/;

/** Whole words that hast.conf's lexer takes as keywords. */
export const HAST_RESERVED: ReadonlySet<string> = new Set([
  ...['control', 'pidfile', 'listen', 'port', 'replication', 'checksum', 'compression', 'timeout', 'exec'],
  ...['metaflush', 'resource', 'name', 'local', 'remote', 'source', 'on', 'off', 'fullsync', 'memsync'],
  ...['async', 'none', 'crc32', 'sha256', 'hole', 'lzf'],
]);

/** Bytes; hastd copies a path into a buffer of 1024. */
const MAX_PATH = 1023;
/** SPECNAMELEN is 63 on FreeBSD 9-12 and the device is called `hast/NAME`. */
const MAX_RESOURCE_NAME = 57;
/** MAXHOSTNAMELEN less the NUL. */
const MAX_NODE_NAME = 255;
/** IFNAMSIZ less the NUL. */
const MAX_INTERFACE = 15;
const MAX_IQN = 223;

/** A rule answers with what is wrong, as the end of a sentence that starts with the key, or undefined. */
export type Rule = (value: string) => string | undefined;

function hastName(value: string): string | undefined {
  if (/^\d+$/.test(value)) return 'has only digits, which hast.conf reads as a number';
  if (HAST_RESERVED.has(value)) return 'is a reserved word of hast.conf';
  return undefined;
}

/** Resource names: words of hast.conf, device names below /dev/hast and file names at once. */
export const resourceName: Rule = (value) => {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(value)) {
    return 'must be letters, digits, dots, dashes and underscores, and start with a letter or digit';
  }
  if (value === 'all') return 'means every resource to hastctl';
  if (value.length > MAX_RESOURCE_NAME) {
    return `is ${value.length} bytes long; /dev/hast/NAME has room for ${MAX_RESOURCE_NAME} on FreeBSD 9 to 12`;
  }
  return hastName(value);
};

/** Node names: a host name, its first part, or a hostuuid. */
export const nodeName: Rule = (value) => {
  if (!/^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/.test(value)) {
    return 'must be a host name, its first part, or a hostuuid';
  }
  if (value.length > MAX_NODE_NAME)
    return `is ${value.length} bytes long; a host name has at most ${MAX_NODE_NAME}`;
  return hastName(value);
};

export const clusterName: Rule = (value) =>
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(value)
    ? undefined
    : 'must be at most 63 letters, digits, dots, dashes and underscores, and start with a letter or digit';

export const interfaceName: Rule = (value) => {
  if (!/^[A-Za-z][A-Za-z0-9_.-]*$/.test(value) || !/\d$/.test(value) || value.length > MAX_INTERFACE) {
    return `must be an interface name such as vtnet1 or vlan0.10, at most ${MAX_INTERFACE} bytes`;
  }
  return /^(lo|tun|gif|pflog|enc)\d/.test(value)
    ? 'is a kind of interface that CARP does not work on'
    : undefined;
};

/** A path on a node that ends up in hast.conf. */
export const providerPath: Rule = (value) => {
  if (!value.startsWith('/')) return 'must be an absolute path such as /dev/da1';
  if (!HAST_WORD.test(value))
    return 'has characters that hast.conf cannot carry: only A-Z a-z 0-9 . _ / : [ ] - can';
  if (value.length > MAX_PATH) return `is ${value.length} bytes long; hastd takes at most ${MAX_PATH}`;
  if (value.endsWith('/')) return 'must name a provider, not a directory';
  const parts = value.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) return 'must not have .. in it';
  if (parts[0] !== 'dev' || parts.length < 2)
    return 'is below no /dev: a provider is a disk, a partition, a GEOM device, a zvol or md, never a file among others';
  if (parts[1] === 'hast') return 'is itself a HAST device';
  return NO_DISK.test(parts.slice(1).join('/')) ? 'is no disk' : undefined;
};

/** Names in devfs(5) that can never be a provider, whatever a node says of them. */
const NO_DISK =
  /^(?:null|zero|full|random|urandom|console|tty.*|cua.*|pts\/.*|fd\/.*|std(?:in|out|err)|k?mem|io|klog|ctty|bpf.*|tap.*|tun.*|zfs|mdctl|geom\.ctl|devctl.*)$/;

/** A path on a node that is only ever quoted for sh. */
export const plainPath: Rule = (value) => {
  if (!/^(\/[A-Za-z0-9._+@:-]+)+$/.test(value) || /\/\.{1,2}(\/|$)/.test(value)) {
    return 'must be an absolute path of letters, digits and . _ + @ : - without . and .. and without a / at its end';
  }
  return value.length > MAX_PATH
    ? `is ${value.length} bytes long; at most ${MAX_PATH} are possible`
    : undefined;
};

/** zpool-create(8): letter first; the names of vdev types are taken. */
export const poolName: Rule = (value) => {
  if (!/^[A-Za-z][A-Za-z0-9_.:-]*$/.test(value))
    return 'must start with a letter and have only letters, digits and _ . : -';
  if (/^(mirror|raidz|draid|spare)/.test(value) || /^(log|cache)$|^c\d/.test(value)) {
    return 'is a name that ZFS keeps for itself (mirror…, raidz…, draid…, spare…, log, cache, c0…)';
  }
  return value.length > 200 ? 'is longer than ZFS allows' : undefined;
};

/** mount(8): one word, or a word with a value. */
export const mountOption: Rule = (value) => {
  if (!/^[a-z]+(=[A-Za-z0-9._/-]+)?$/.test(value)) return 'must be an option of mount(8) such as noatime';
  return ['ro', 'noauto', 'update', 'snapshot', 'force', 'reload', 'fstab'].includes(value)
    ? 'is an option that a file system which moves cannot have'
    : undefined;
};

/** zpool-create(8), -O. What decides where and how the pool is mounted is not for this. */
export const zfsProperty: Rule = (value) => {
  const name = /^([a-z][a-z0-9_]*)=[A-Za-z0-9][A-Za-z0-9._-]*$/.exec(value)?.[1];
  if (name === undefined) return 'must be NAME=VALUE such as compression=lz4';
  if (['encryption', 'keylocation', 'keyformat'].includes(name)) return 'is set by keyFile and keyFormat';
  return ['mountpoint', 'canmount', 'readonly', 'sharenfs', 'sharesmb'].includes(name)
    ? 'is a property that the agent relies on, or a service of its own'
    : undefined;
};

/** A path of a flag's text, where `:` and `,` mean something else. */
export const keyFile: Rule = (value) =>
  plainPath(value) ?? (value.includes(':') ? 'must have no colon' : undefined);

/** A pool, or a data set in it, that already exists on the node. */
export const datasetName: Rule = (value) =>
  /^[A-Za-z][A-Za-z0-9_.:-]*(\/[A-Za-z0-9_.:-]+)*$/.test(value) && value.length <= 200
    ? undefined
    : 'must be a pool or pool/dataset, of letters, digits and _ . : -';

export const iqn: Rule = (value) => {
  if (!/^iqn\.\d{4}-(0[1-9]|1[0-2])\.[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[a-z0-9._:-]+)?$/.test(value)) {
    return 'must be an iSCSI name such as iqn.2026-01.org.example:disk0, in lower case';
  }
  return value.length > MAX_IQN
    ? `is ${value.length} bytes long; iSCSI names have at most ${MAX_IQN}`
    : undefined;
};

export const rcServiceName: Rule = (value) =>
  /^[A-Za-z0-9_]+$/.test(value)
    ? undefined
    : 'must be the name of an rc script: letters, digits and underscores';

/** jail(8): a name that is a number would be a jail id, and dots are a hierarchy. */
export const jailName: Rule = (value) =>
  /^[A-Za-z0-9_-]*[A-Za-z_-][A-Za-z0-9_-]*$/.test(value) && !value.startsWith('-')
    ? undefined
    : 'must be the name of a jail in jail.conf: letters, digits, dashes and underscores, not only digits';

/** A volume in a pool of the storage. */
export const volumeName: Rule = (value) =>
  /^[A-Za-z][A-Za-z0-9_.:-]*(\/[A-Za-z0-9_.:-]+)+$/.test(value) && value.length <= 200
    ? undefined
    : 'must be pool/volume, of letters, digits and _ . : -';

/** CTL_SN_LEN of FreeBSD's target layer. */
export const scsiSerial: Rule = (value) =>
  /^[A-Za-z0-9._:-]{1,16}$/.test(value) ? undefined : 'must be 1 to 16 letters, digits and . _ : -';

/** CTL_DEVID_LEN. */
export const scsiDeviceId: Rule = (value) =>
  /^[A-Za-z0-9._: -]{1,64}$/.test(value) ? undefined : 'must be 1 to 64 letters, digits, spaces and . _ : -';

/** Locally assigned (3), or a vendor's (2, 5: 8 bytes; 6: 16 bytes). */
export const naa: Rule = (value) =>
  /^0x([235][0-9a-f]{15}|6[0-9a-f]{31})$/.test(value)
    ? undefined
    : 'must be an NAA identifier such as 0x3000000000000001, in lower case';

export const chapUser: Rule = (value) =>
  /^[A-Za-z0-9._:@-]{1,64}$/.test(value) ? undefined : 'must be 1 to 64 letters, digits and . _ : @ -';

export const sambaShare: Rule = (value) =>
  /^[A-Za-z0-9_][A-Za-z0-9_.$-]{0,79}$/.test(value)
    ? undefined
    : 'must be at most 80 letters, digits and _ . $ -, starting with a letter or digit';

/** One line of exports(5). */
export const exportLine: Rule = (value) => {
  if (/[\r\n\0]/.test(value)) return 'must be one line';
  if (!/^[\x20-\x7e]+$/.test(value)) return 'must be plain ASCII';
  if (value.includes('#') || value.endsWith('\\'))
    return 'must have no # and no backslash at its end, which exports(5) reads as a comment and a continued line';
  return value.startsWith('/') ? undefined : 'must start with the exported path';
};

/** What ssh takes as a host: a name, an alias of ssh_config or an address; never an option. */
export const sshHost: Rule = (value) =>
  /^[A-Za-z0-9:_][A-Za-z0-9._:%-]*$/.test(value) ? undefined : 'must be a host name or an address';

export const userName: Rule = (value) =>
  /^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/.test(value) ? undefined : 'must be a user name';

/** A file on the machine that runs hastconf. */
export const localFile: Rule = (value) =>
  value === '' || /[\0\r\n]/.test(value) || value.endsWith('/') ? 'must be the path of a file' : undefined;
