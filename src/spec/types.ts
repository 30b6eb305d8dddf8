/** The cluster file after validation: defaults filled in, units resolved, every name checked. */
export interface ClusterSpec {
  version: 1;
  name: string;
  /** Exactly two, in file order. */
  nodes: readonly [NodeSpec, NodeSpec];
  carp: CarpSpec;
  /** Name of the node that becomes primary first. */
  preferred: string;
  hast: HastSpec;
  /** In file order. */
  resources: readonly ResourceSpec[];
  storage: readonly StorageSpec[];
  services: readonly ServiceSpec[];
  agent: AgentSpec;
}

export interface NodeSpec {
  /** hostname, its first part, or the hostuuid: what hastd matches in `on NAME`. */
  name: string;
  ssh: SshSpec | { local: true };
  /** hastd's address, never the CARP address. */
  replication: string;
  /** Interface that carries the CARP address. */
  interface: string;
}

export type Become = 'none' | 'sudo' | 'doas' | 'su';

export interface SshSpec {
  host: string;
  /** undefined: whatever ssh_config says, else 22. */
  port?: number;
  /** undefined: whatever ssh_config says, else root. */
  user?: string;
  /** Private key file; `~/` expanded. */
  identity?: string;
  become: Become;
}

export interface CarpSpec {
  address: string;
  prefixLength: number;
  family: 4 | 6;
  vhid: number;
  /** Seconds between advertisements. */
  advbase: number;
  /** File that holds the password; undefined: `<cluster file's name>.carp` beside it, generated when missing. */
  passwordFile?: string;
  unicast: boolean;
}

export interface HastSpec {
  replication: 'memsync' | 'fullsync' | 'async';
  /** Seconds. */
  timeout: number;
  compression: 'none' | 'hole' | 'lzf';
  checksum: 'none' | 'crc32' | 'sha256';
}

export interface ResourceSpec {
  name: string;
  /** Provider path per node name; for a zvol `/dev/zvol/POOL/NAME`. */
  local: Readonly<Record<string, string>>;
  zvol?: ZvolSpec;
}

export interface ZvolSpec {
  /** Pool (or pool/dataset) per node name. */
  pool: Readonly<Record<string, string>>;
  name: string;
  /** Bytes. */
  size: number;
  /** Without a reservation of its size in the pool. */
  sparse?: true;
}

export type ZfsLayout = 'stripe' | 'mirror' | 'raidz' | 'raidz2' | 'raidz3';

export type StorageSpec = UfsSpec | ZfsSpec | { type: 'raw'; resource: string };

export interface UfsSpec {
  type: 'ufs';
  resource: string;
  mountpoint: string;
  /** Of mount(8); none is empty. */
  options?: readonly string[];
  /** Soft updates with a journal unless it says no. */
  journal?: false;
}

export interface ZfsSpec {
  type: 'zfs';
  pool: string;
  layout: ZfsLayout;
  resources: readonly string[];
  /** `NAME=VALUE`, of the pool's own file system when it is made. */
  properties?: readonly string[];
  /** On both nodes, outside of the pool; the pool is encrypted then. */
  keyFile?: string;
  /** `raw` unless it says otherwise. */
  keyFormat?: 'hex' | 'passphrase';
}

export type ServiceSpec = NfsSpec | IscsiSpec | SambaSpec | OwnServiceSpec;

/** Lines of exports(5); version 3 unless it says 4. */
export interface NfsSpec {
  type: 'nfs';
  exports: readonly string[];
  version?: 4;
}

/** One target with one LUN, on a resource or on a volume in a pool of the storage: exactly one of the two is there. */
export interface IscsiSpec {
  type: 'iscsi';
  target: string;
  resource?: string;
  /** POOL/NAME. */
  volume?: string;
  /** Bytes; a volume that is missing is made. */
  size?: number;
  chapFile?: string;
  /** Who logs in; the pair's name unless it says otherwise. */
  chapUser?: string;
  /** What initiators know the disk by, where it is not what hastconf would derive. */
  serial?: string;
  deviceId?: string;
  naa?: string;
}

export interface SambaSpec {
  type: 'samba';
  share: string;
  path: string;
}

/** An rc service or a jail that lives on the storage. */
export interface OwnServiceSpec {
  type: 'rc' | 'jail';
  name: string;
  /** Seconds; the agent's own limits where they are left out. */
  startWithin?: number;
  stopWithin?: number;
}

export interface AgentSpec {
  /** Seconds that CARP must hold a state before it counts. */
  settle: number;
  /** Seconds to wait for the peer after both were down. */
  bootWait: number;
  onDemoteFailure: 'reboot' | 'alert';
  failback: 'manual' | 'auto';
  /** What a serving node does whose local disk fails below HAST, which serves on from the other one. */
  onDiskError: 'alert' | 'handover';
  /** What a serving node does where a service does not start or keeps dying. */
  onServiceFailure: 'alert' | 'handover';
  /** TCP port of sshd on both nodes, as they reach each other. */
  peerSshPort: number;
  witness: readonly string[];
  /** Absolute paths of programs on the nodes. */
  fence: string | null;
  notify: string | null;
}

/** The other node's name. */
export function peerOf(spec: ClusterSpec, node: string): NodeSpec {
  return spec.nodes[0].name === node ? spec.nodes[1] : spec.nodes[0];
}

/** The node's own part; throws on a name that the file does not have (a programming error). */
export function nodeOf(spec: ClusterSpec, node: string): NodeSpec {
  const found = spec.nodes.find((candidate) => candidate.name === node);
  if (!found) throw new Error(`no node ${node} in the cluster file`);
  return found;
}
