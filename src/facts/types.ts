/** What is asked of one node, in one script and one round trip. */
export interface FactsRequest {
  node: string;
  /** Providers that the cluster file names for this node. */
  providers: readonly { resource: string; path: string }[];
  /** Both ends of every disk are read, not only of the requested providers. */
  searchDisks?: boolean;
  /** Files whose content, owner and mode are read. */
  files: readonly string[];
  /** rc service names whose state is read, for example hastd, devd, carp_hast. */
  services: readonly string[];
  /** Addresses to ping once each, in parallel (peer, CARP address, witnesses). */
  ping: readonly string[];
  /** sysctl names, for example net.inet.carp.preempt. */
  sysctls: readonly string[];
  /** Directories whose presence, emptiness and free space matter (mount points, write targets). */
  directories: readonly string[];
  /** Files that matter only before FreeBSD 9.3 (osreldate 903000): read there, left out elsewhere. */
  filesBefore93?: readonly string[];
  /** Directories of which every `*.conf` is read as well, under whatever name it has. */
  confDirectories?: readonly string[];
}

/** Everything the plan needs to know of one node. Undefined or absent means "the node does not have it". */
export interface NodeFacts {
  node: string;
  os: OsFacts;
  identity: IdentityFacts;
  /** Effective user id of the script: 0 unless `become` failed to give root. */
  uid: number;
  /** The node's clock, seconds since the epoch, and when (this machine's ms) the script ran. */
  clock: { epoch: number; askedAtMs: number; answeredAtMs: number };
  interfaces: readonly InterfaceFacts[];
  defaultGateway?: string;
  /** Address -> answered. */
  ping: Readonly<Record<string, boolean>>;
  /** Every disk of kern.disks. */
  disks: readonly ProviderFacts[];
  /** Partitions that could hold data; what is on them has not been looked at. */
  partitions?: readonly ProviderFacts[];
  /** By path, one for each requested provider. */
  providers: Readonly<Record<string, ProviderFacts>>;
  hast: HastFacts;
  zfs: ZfsFacts;
  mounts: readonly MountFacts[];
  /** /dev entries below /dev/hast. */
  hastDevices: readonly HastDeviceFacts[];
  /** `sysrc -a`: names to unquoted values, as set in rc.conf and friends (not the defaults). */
  rc: Readonly<Record<string, string>>;
  /** Loaded kernel modules among carp, g_gate, zfs. */
  modules: Readonly<Record<'carp' | 'g_gate' | 'zfs', boolean>>;
  sysctls: Readonly<Record<string, string | undefined>>;
  services: Readonly<Record<string, ServiceFacts>>;
  files: Readonly<Record<string, FileFacts | undefined>>;
  directories: Readonly<Record<string, DirectoryFacts | undefined>>;
  /** Answer of `carp-hast-switch status --json`, undefined when it is not installed or does not answer. */
  agent?: AgentFacts;
  /** Why an installed agent gave no answer. */
  agentError?: string;
  /** Public half of the agent's own key (/usr/local/etc/hastconf/id_ed25519.pub), when it has one. */
  agentPublicKey?: string;
  /** Public host keys of this node's sshd, `TYPE BASE64` each. */
  hostKeys: readonly string[];
  /** Whether the peer-channel user exists. */
  peerUser: boolean;
  /** Who holds the hastconf lock: JSON text as written by the lock. */
  lock?: string;
  /** Present base-system programs among hastctl, hastd, zfs, newfs, tcpdump, sysrc. */
  programs: Readonly<Record<string, boolean>>;
  /**
   * What could not be found out, where "undefined" would read as "the node does not have it": no plan over these.
   * Unreadable files are not listed here but carry their `error`.
   */
  unanswered?: readonly UnansweredFact[];
}

/** A question that the node did not answer. */
export interface UnansweredFact {
  /** For example `provider /dev/da1`, `hastctl list`, `ifconfig -a`. */
  subject: string;
  /** The node's own words, or `no answer in time`. */
  message: string;
}

export interface OsFacts {
  /** For example 13.2-RELEASE. */
  release: string;
  /** kern.osreldate, for example 1302001. */
  osreldate: number;
  arch: string;
}

export interface IdentityFacts {
  hostname: string;
  hostuuid: string;
  hostid: string;
}

export interface InterfaceFacts {
  name: string;
  up: boolean;
  /** `status: active` true, `no carrier` false, undefined when the line is missing (loopback). */
  carrier?: boolean;
  mtu: number;
  addresses: readonly AddressFacts[];
  carp: readonly CarpFacts[];
}

export interface AddressFacts {
  family: 4 | 6;
  address: string;
  prefixLength: number;
  /** Set when the address belongs to a CARP vhid. */
  vhid?: number;
}

export interface CarpFacts {
  vhid: number;
  state: 'INIT' | 'BACKUP' | 'MASTER';
  advbase: number;
  advskew: number;
  /** Set when this number is a VRRP one (FreeBSD 15); advbase and advskew are then 0. */
  vrrp?: { priority: number; interval: number };
}

/** A disk, partition, zvol or file that may carry HAST data. */
export interface ProviderFacts {
  path: string;
  /** false: no such file or device. */
  exists: boolean;
  /** Where it leads when it is a symbolic link (devfs.conf(5) makes such). */
  linkTo?: string;
  /** Bytes. Left out for what is no disk. */
  mediaSize?: number;
  sectorSize?: number;
  /** GEOM access counts `r2w1e0`; e > 0 means mounted, in a pool, swap … */
  open?: { read: number; write: number; exclusive: number };
  /** Everything found on it or using it; empty means free and blank as far as can be seen. */
  uses: readonly ProviderUse[];
  /** Metadata of HAST on its first 4096 bytes. */
  hastMetadata?: { resource: string };
  /**
   * What lay at both its ends: `blank` for zeros, else a mark that changes with them. Left out where it was not read:
   * a provider that carries its resource.
   */
  ends?: string;
}

type ProviderUseKind =
  | 'mounted'
  | 'swap'
  | 'partition-table'
  | 'filesystem'
  | 'zpool'
  | 'geli'
  | 'encrypted'
  /** Part of a volume manager's or RAID's volume. */
  | 'volume'
  | 'label'
  | 'unrecognised'
  | 'open';

export interface ProviderUse {
  kind: ProviderUseKind;
  /** For people: `ufs mounted on /data`, `GPT with 2 partitions`, `member of pool tank`. */
  detail: string;
}

export interface HastFacts {
  /** hastd answers on its control socket. */
  running: boolean;
  /** hastctl's own words when it did not answer. */
  error?: string;
  /** Output of list, by resource. Empty when hastd is not running. */
  resources: Readonly<Record<string, HastResourceFacts>>;
  /** Output of dump by requested resource; undefined: no readable metadata of this resource. */
  metadata: Readonly<Record<string, HastMetadataFacts | undefined>>;
  /** Exit code of `hastctl dump -c /etc/hast.conf __nosuch__`: 65 valid, 72 missing, 78 invalid. */
  configExit?: number;
}

export interface HastResourceFacts {
  name: string;
  /** EHAST code of a resource that could not be read. */
  error?: number;
  role: 'init' | 'primary' | 'secondary';
  localPath: string;
  remoteAddress: string;
  sourceAddress?: string;
  replication: string;
  /** undefined: no worker (`-` in `hastctl status`). */
  status?: 'complete' | 'degraded';
  workerPid?: number;
  extentSize: number;
  /** Bytes. */
  dirty: number;
  localErrors: { read: number; write: number; delete: number; flush: number };
  /** Requests waiting at each station of the worker (9.3 and later); a standby's `local` are writes not on its disk yet. */
  queues?: { local: number; send: number; recv: number };
}

export interface HastMetadataFacts {
  resource: string;
  /** Bytes. */
  datasize: number;
  extentsize: number;
  keepdirty: number;
  localoff: number;
  /** 64-bit number as text. */
  resuid: string;
  localcnt: number;
  remotecnt: number;
  prevrole: 'init' | 'primary' | 'secondary';
}

export interface HastDeviceFacts {
  /** Resource name. */
  name: string;
  /** What `fstyp -u` says, undefined for nothing recognised. */
  content?: string;
  /** Reading it did not end in time: a stale primary's device blocks for ever. */
  hung?: boolean;
}

export interface ZfsFacts {
  loaded: boolean;
  /** Imported pools; empty when not loaded. */
  pools: readonly PoolFacts[];
  volumes: readonly { name: string; size: number }[];
}

export interface PoolFacts {
  name: string;
  size: number;
  free: number;
  health: string;
  /** What it is made of, as far as `zpool status` shows it. */
  vdevs?: readonly PoolVdev[];
}

/** One top-level member of a pool. */
export interface PoolVdev {
  /** `disk` for a bare device, else zpool's word without its number: mirror, raidz1, draid2:… ; logs, cache, spares … */
  kind: string;
  /** Absolute, under /dev. */
  devices: readonly string[];
}

export interface MountFacts {
  device: string;
  mountpoint: string;
  type: string;
  options: string;
}

export interface ServiceFacts {
  /** An rc.d script of this name exists. */
  exists: boolean;
  enabled: boolean;
  running: boolean;
}

export interface FileFacts {
  content: string;
  /** Why `content` is not the file's content: unreadable, too large, no text. Such a file must not be rewritten. */
  error?: string;
  owner: string;
  group: string;
  mode: number;
}

export interface DirectoryFacts {
  empty: boolean;
  /** Bytes available on its file system (root has the reserve besides). NaN when df did not answer. */
  available: number;
}

/** What the agent says of itself; unknown keys are kept as they are. */
export interface AgentFacts {
  version: string;
  node: string;
  /** serving | standby | down | split-brain … the agent's state word. */
  state: string;
  fresh: string;
  epoch: number;
  [key: string]: unknown;
}
