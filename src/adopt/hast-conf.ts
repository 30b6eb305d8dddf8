import { type HastWarning, lexHastConf } from './hast-lexer.js';
import { HastParser, HastSyntaxError } from './hast-parser.js';

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

export type HastParse =
  | { ok: true; config: HastConf; warnings: readonly HastWarning[] }
  | {
      ok: false;
      /** hastctl's own words; lines count from 0. */
      error: string;
      line: number;
      /** What stood before the mistake; only complete resources. */
      config: HastConf;
      warnings: readonly HastWarning[];
    };

/** The grammar of hast.conf(5), FreeBSD 9.3 to 15 (sbin/hastd/parse.y), with hastctl's messages. */
export function parseHastConf(text: string): HastParse {
  const { tokens, warnings } = lexHastConf(text);
  const config: HastConf = { settings: {}, daemon: { listen: [] }, nodes: [], resources: [] };
  try {
    new HastParser(tokens).file(config);
    return { ok: true, config, warnings };
  } catch (error) {
    if (!(error instanceof HastSyntaxError)) throw error;
    return { ok: false, error: error.message, line: error.line, config, warnings };
  }
}
