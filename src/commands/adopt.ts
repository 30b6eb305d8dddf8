import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { adopt } from '../adopt/adopt.js';
import { findingLines, summaryLines } from '../adopt/findings-text.js';
import { connectionFrom, type LoginFlags, loginsOf } from '../adopt/logins.js';
import type { AdoptConnection, Adoption } from '../adopt/types.js';
import { existing, refusal, writeNewFile } from '../adopt/write.js';
import { ExitCode } from '../errors.js';
import { type CommandContext, printResult, say } from '../io.js';
import { localHome } from '../local-user.js';
import { carpPasswordPath } from '../spec/derive.js';
import { loadSpec } from '../spec/load.js';
import { serializeSpec } from '../spec/serialize.js';
import type { ClusterSpec } from '../spec/types.js';
import { visible } from '../terminal/visible.js';
import { readNodes } from './adopt-nodes.js';
import { type ConnectionFlags, connectOptions, specPathOf } from './session.js';

export interface AdoptOptions extends ConnectionFlags, LoginFlags {
  /** File to write, `-` for stdout; default: the cluster file (--file). */
  output?: string;
  /** Replace files that are there. */
  force: boolean;
  /** Name of the pair, where the nodes have none. */
  name?: string;
}

/** What was written; undefined where nothing was. */
interface Written {
  file?: string;
  passwordFile?: string;
}

/**
 * `hastconf adopt`: writes the cluster file of two nodes as they are; changes nothing on them. Exit 3 when they
 * do not say enough for one, 5 when a file is in the way, 4 when a node cannot be reached.
 */
export async function run(context: CommandContext, options: AdoptOptions): Promise<ExitCode> {
  const { io, global } = context;
  const output = options.output === '-' ? undefined : resolve(io.cwd, options.output ?? global.file);
  // Before anything else: nobody wants to wait for two machines to hear this.
  if (output !== undefined && !options.force && (await isThere(output))) throw refusal(output, 'exists');
  const connection = await connectionOf(context, options);
  // Host keys may lie beside the cluster file: beside the one that names the nodes, else the one to be written.
  const beside = (await isThere(specPathOf(context))) ? specPathOf(context) : (output ?? specPathOf(context));
  const how = await connectOptions(context, options, beside);
  const facts = await readNodes(connection, how).catch((error: unknown) => {
    if (io.signal.aborted) return undefined;
    throw error;
  });
  if (!facts || io.signal.aborted) return ExitCode.Interrupted;
  const adoption = adopt(facts, connection);
  const written = adoption.spec ? await write(adoption, adoption.spec, output, options) : {};
  if (global.json) printResult(io, JSON.stringify(document(adoption, written), null, 2));
  else report(context, adoption, written, output === undefined);
  return adoption.spec ? ExitCode.Done : ExitCode.Preflight;
}

/** The options name the nodes, or a cluster file does. */
async function connectionOf(context: CommandContext, options: AdoptOptions): Promise<AdoptConnection> {
  const path = specPathOf(context);
  const known =
    options.node.length + (options.ssh?.length ?? 0) === 0 && (await isThere(path))
      ? connectionFrom(await loadSpec(path))
      : undefined;
  const paths = { cwd: context.io.cwd, home: localHome(context.io.env) };
  const base = known ?? { ssh: loginsOf(options, paths) };
  return options.name === undefined ? base : { ...base, name: options.name };
}

async function write(
  { carpPassword }: Adoption,
  spec: ClusterSpec,
  output: string | undefined,
  { force }: AdoptOptions,
): Promise<Written> {
  if (output === undefined) return {};
  const written: Written = {};
  if (carpPassword) {
    const path = carpPasswordPath(spec, output);
    const [before, content] = [await existing(path), `${carpPassword.reveal()}\n`];
    if (before?.trimEnd() !== carpPassword.reveal()) {
      if (before !== undefined && !force)
        throw refusal(path, 'holds another CARP password than the nodes have');
      // First, so that a failure leaves no cluster file that says the job is done.
      await writeNewFile({ path, content, mode: 0o600, force });
    }
    written.passwordFile = path;
  }
  await writeNewFile({ path: output, content: serializeSpec(spec), mode: 0o644, force });
  return { ...written, file: output };
}

function report(
  { io, global }: CommandContext,
  adoption: Adoption,
  written: Written,
  toStdout: boolean,
): void {
  const { spec, findings } = adoption;
  const style = { color: global.color, width: Math.min(io.stderr.columns ?? 80, 80) };
  const blocks = [spec ? summaryLines(spec, style) : [], findingLines(findings, style)];
  for (const block of blocks) if (block.length > 0) say(io, `${block.join('\n')}\n`);
  if (!spec) {
    say(io, 'No cluster file was written: what is missing above has to be there first.');
    return;
  }
  if (toStdout) {
    io.stdout.write(visible(serializeSpec(spec)));
    return;
  }
  for (const path of [written.file, written.passwordFile]) if (path !== undefined) printResult(io, path);
  say(io, `Nothing was changed on the nodes. Next: hastconf plan -f ${written.file}`);
}

function document({ spec, findings }: Adoption, written: Written): object {
  return {
    file: written.file ?? null,
    passwordFile: written.passwordFile ?? null,
    cluster: spec ?? null,
    yaml: spec ? serializeSpec(spec) : null,
    findings,
  };
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
