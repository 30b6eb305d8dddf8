import { join, posix, resolve } from 'node:path';
import { ExitCode, HastconfError } from '../errors.js';
import { type CommandContext, printResult, say } from '../io.js';
import { fragmentMode, fragmentText } from '../render/fragment.js';
import { pfAnchors } from '../render/pf-anchor.js';
import { render } from '../render/render.js';
import { type TreeFile, writeTree } from '../render/tree.js';
import { loadCarpPassword } from '../spec/carp-password.js';
import { loadChapSecrets, placeholderChap } from '../spec/chap-secrets.js';
import { carpPasswordPath } from '../spec/derive.js';
import { Secret } from '../spec/secret.js';
import type { ClusterSpec } from '../spec/types.js';
import { loadCluster } from './cluster.js';

export interface RenderOptions {
  /** Directory, relative to the working directory. */
  output: string;
  placeholderSecrets: boolean;
  /** Rules of pf besides. */
  pfAnchor?: boolean;
}

/** Stands where the CARP password would; itself a password that the files can carry. */
export const PLACEHOLDER = 'PLACEHOLDER_SECRET';

/**
 * `hastconf render`: every generated file as `DIR/<node>/<absolute path>`, without any network; of rc.conf and
 * other files of the system only hastconf's own part. Exit 2 without a CARP password, 5 when DIR holds
 * something else.
 */
export async function run(context: CommandContext, options: RenderOptions): Promise<ExitCode> {
  const { io, global } = context;
  const specPath = resolve(io.cwd, global.file);
  const spec = await loadCluster(context);
  const carpPassword = await password(spec, specPath, options.placeholderSecrets);
  const chap = options.placeholderSecrets ? placeholderChap(spec, PLACEHOLDER) : await loadChapSecrets(spec);
  const files = render(spec, { carpPassword, chap }, { nodes: {} });
  const tree = [...files, ...(options.pfAnchor ? pfAnchors(spec) : [])].map(
    (file): TreeFile => ({
      path: posix.join(file.node, file.path),
      content: fragmentText(file),
      mode: fragmentMode(file),
    }),
  );
  const { removed } = writeTree(resolve(io.cwd, options.output), tree);
  const written = tree.map((file) => join(options.output, file.path)).sort();
  if (options.placeholderSecrets) say(io, `${PLACEHOLDER} stands where the CARP password belongs`);
  for (const path of removed) say(io, `removed ${join(options.output, path)}, which is no longer generated`);
  if (global.json) {
    const document = {
      output: options.output,
      files: written,
      placeholderSecrets: options.placeholderSecrets,
    };
    printResult(io, JSON.stringify(document, null, 2));
  } else {
    for (const path of written) printResult(io, path);
  }
  return ExitCode.Done;
}

async function password(spec: ClusterSpec, specPath: string, placeholder: boolean): Promise<Secret> {
  if (placeholder) return new Secret(PLACEHOLDER);
  const found = await loadCarpPassword(spec, specPath);
  if (found) return found;
  throw new HastconfError(ExitCode.Usage, 'there is no CARP password to render with', {
    detail: `${carpPasswordPath(spec, specPath)} does not exist`,
    remedy: `write the password into that file (mode 0600), let hastconf apply generate one, or leave ${PLACEHOLDER} in its place with --placeholder-secrets`,
  });
}
