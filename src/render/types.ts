import type { FileAttributes } from '../remote/target.js';
import type { Secret } from '../spec/secret.js';

/** What is known of a node beyond the cluster file; absent when rendering offline. */
export interface RenderHints {
  /** By node name. */
  nodes: Readonly<Record<string, NodeHints | undefined>>;
}

export interface NodeHints {
  /** `kern.osreldate`; default 1302001. Decides where the devd rules go. */
  osreldate?: number;
  /** N of `ifconfig_IF_aliasN`; default 0. */
  carpAliasIndex?: number;
  /** Prefix length of the CARP alias; default 32 (128 for IPv6): the interface has its own address in that network. */
  carpPrefixLength?: number;
  /** By resource: how the node's hast.conf writes the addresses now, where that says the same as the cluster file. */
  hastAddresses?: Readonly<Record<string, HastAddresses>>;
  /** The node's own address on the interface that carries CARP, for the agent's second path to it. */
  lanAddress?: string;
  /** rc.d/mountd adds /etc/exports itself where ZFS is enabled at boot. */
  zfsEnabled?: boolean;
}

export interface HastAddresses {
  remote: string;
  source?: string;
}

export interface RenderSecrets {
  carpPassword: Secret;
  /** CHAP secrets by target, of those that name a file. */
  chap?: Readonly<Record<string, Secret>>;
}

/** A file that hastconf owns whole. */
export interface WholeFile {
  kind: 'whole';
  node: string;
  path: string;
  content: string;
  attributes: FileAttributes;
  /** Grammar to check before it goes live. */
  grammar?: 'hast.conf' | 'devd' | 'sh';
  /** Values in `content` that must not be shown. */
  secrets: readonly Secret[];
}

/** Single variables in /etc/rc.conf, by value; other lines stay. */
export interface VariablesFile {
  kind: 'variables';
  node: string;
  path: string;
  variables: readonly { name: string; value: string }[];
  secrets: readonly Secret[];
}

/** A marked block in a file of somebody else's; other lines, order and comments stay. */
export interface BlockFile {
  kind: 'block';
  node: string;
  path: string;
  lines: readonly string[];
  secrets: readonly Secret[];
}

export type GeneratedFile = WholeFile | VariablesFile | BlockFile;
