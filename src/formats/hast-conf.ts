import { type HastWarning, lexHastConf } from './hast-lexer.js';
import { HastParser, HastSyntaxError } from './hast-parser.js';
import type { HastConf } from './hast-types.js';

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
