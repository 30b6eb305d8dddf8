import { render } from '../../src/render/render.js';
import type { GeneratedFile, RenderHints } from '../../src/render/types.js';
import { placeholderChap } from '../../src/spec/chap-secrets.js';
import { Secret } from '../../src/spec/secret.js';
import type { ClusterSpec } from '../../src/spec/types.js';

export const PASSWORD = 'MyPassword';
export const CHAP = 'MyChapSecret42';

export function rendered(spec: ClusterSpec, hints: RenderHints['nodes'] = {}): GeneratedFile[] {
  const chap = placeholderChap(spec, CHAP);
  return render(spec, { carpPassword: new Secret(PASSWORD), chap }, { nodes: hints });
}

/** The one file of a node; throws when there is none. */
export function fileOf(files: readonly GeneratedFile[], node: string, path: string): GeneratedFile {
  const found = files.find((file) => file.node === node && file.path === path);
  if (!found) throw new Error(`no ${path} for ${node}`);
  return found;
}

/** Everything a file says, for comparison. */
export function textOf(file: GeneratedFile): string {
  if (file.kind === 'whole') return file.content;
  return file.kind === 'block' ? file.lines.join('\n') : JSON.stringify(file.variables);
}
