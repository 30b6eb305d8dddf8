/** Settings that stand globally and in a resource. */
export interface HastSettings {
  replication?: 'fullsync' | 'memsync' | 'async';
  checksum?: 'none' | 'crc32' | 'sha256';
  compression?: 'none' | 'hole' | 'lzf';
  /** Seconds. */
  timeout?: number;
  exec?: string;
  metaflush?: boolean;
}

/** Where hastd itself listens; globally and in a global `on`. */
export interface HastDaemon {
  control?: string;
  pidfile?: string;
  listen: string[];
}

export interface HastNodeSection {
  /** The word after `on`. */
  node: string;
  provname?: string;
  local?: string;
  /** null: `remote none`. */
  remote?: string | null;
  source?: string;
  metaflush?: boolean;
}

export interface HastResource {
  name: string;
  /** The `name` directive: device name below /dev/hast. */
  provname?: string;
  local?: string;
  settings: HastSettings;
  nodes: HastNodeSection[];
}

/** hast.conf(5) as written; nothing is resolved for a certain node. */
export interface HastConf {
  settings: HastSettings;
  daemon: HastDaemon;
  /** Global `on` sections. */
  nodes: (HastDaemon & { node: string })[];
  resources: HastResource[];
}
