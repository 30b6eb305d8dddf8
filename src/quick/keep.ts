import { existing, writeNewFile } from '../adopt/write.js';
import { ExitCode, HastconfError } from '../errors.js';
import { type CommandContext, say } from '../io.js';
import { loadSpec } from '../spec/load.js';
import { serializeSpec } from '../spec/serialize.js';
import type { ClusterSpec } from '../spec/types.js';

/** Writes the cluster file for later; one that says the same already is left as it is, another one refused (5). */
export async function keepCluster(
  { io, global }: CommandContext,
  path: string,
  spec: ClusterSpec,
): Promise<void> {
  const content = serializeSpec(spec);
  if ((await existing(path)) === undefined) {
    await writeNewFile({ path, content, mode: 0o644, force: false });
    say(io, `written: ${global.file}`);
    return;
  }
  const same = await loadSpec(path).then(
    (there) => serializeSpec(there) === content,
    () => false,
  );
  if (same) return;
  throw new HastconfError(ExitCode.Refused, `${path} exists and says something else`, {
    remedy: `hastconf -f ${global.file} apply goes by that file; name another one with --file FILE`,
  });
}
