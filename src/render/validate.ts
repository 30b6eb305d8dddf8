import { parseDevdConf } from '../formats/devd-conf.js';
import { devdRuleFor } from '../formats/devd-match.js';
import { parseHastConf } from '../formats/hast-conf.js';
import { hastConfFor } from '../formats/hast-node.js';
import type { ClusterSpec } from '../spec/types.js';
import type { GeneratedFile } from './types.js';

/**
 * Reads the generated files again with the parsers that adopt existing configuration, and compares what
 * they mean with what was wanted: a slip in a template stops here and not on a node.
 */
export function validate(spec: ClusterSpec, files: readonly GeneratedFile[]): void {
  const seen = new Set<string>();
  for (const file of files) {
    const text =
      file.kind === 'whole' ? file.content : file.kind === 'block' ? file.lines.join('\n') : undefined;
    // Both nodes mostly have the same bytes, and each check looks at both nodes.
    if (text === undefined || seen.has(text)) continue;
    seen.add(text);
    if (file.kind === 'whole' && !text.endsWith('\n')) fail(file, 'does not end with a line feed');
    if (file.kind === 'whole' && file.grammar === 'hast.conf') validateHast(spec, file, text);
    if (file.kind === 'whole' && file.grammar === 'devd') validateDevd(spec, file, text);
    if (file.kind === 'block' && file.path.endsWith('devd.conf')) validateDevd(spec, file, `${text}\n`);
  }
}

function validateHast(spec: ClusterSpec, file: GeneratedFile, text: string): void {
  const parsed = parseHastConf(text);
  if (!parsed.ok) fail(file, parsed.error);
  const [warning] = parsed.warnings;
  if (warning) fail(file, `line ${warning.line}: ${warning.message}`);
  for (const node of spec.nodes) {
    const read = hastConfFor(parsed.config, { hostname: node.name });
    if (!read.ok) fail(file, read.error);
    const wanted = spec.resources.map((resource) => `${resource.name} ${resource.local[node.name]}`);
    const got = read.resources.map((resource) => `${resource.name} ${resource.local}`);
    if (wanted.join('\n') !== got.join('\n')) fail(file, `does not mean the same resources on ${node.name}`);
  }
}

function validateDevd(spec: ClusterSpec, file: GeneratedFile, text: string): void {
  const parsed = parseDevdConf(text);
  if (!parsed.ok) fail(file, `cannot be parsed at line ${parsed.line} near '${parsed.near}'`);
  const [stray] = parsed.warnings;
  if (stray) fail(file, `line ${stray.line}: ${stray.message}`);
  for (const node of spec.nodes) {
    const carp = { system: 'CARP', subsystem: `${spec.carp.vhid}@${node.interface}` };
    const events = [
      ...['MASTER', 'BACKUP', 'INIT'].map((type) => ({ ...carp, type })),
      { system: 'IFNET', subsystem: node.interface, type: 'LINK_DOWN' },
    ];
    for (const event of events) {
      if (!devdRuleFor(parsed.config.rules, event)) fail(file, `has no rule for ${JSON.stringify(event)}`);
    }
  }
}

function fail(file: GeneratedFile, why: string): never {
  throw new Error(`${file.path} for ${file.node} came out wrong: ${why}`);
}
