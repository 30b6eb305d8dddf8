import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ExitCode, HastconfError } from '../errors.js';
import { type CommandContext, say } from '../io.js';
import type { GivenFlag } from '../spec/flags/types.js';
import { loadSpec } from '../spec/load.js';
import type { ClusterSpec } from '../spec/types.js';

/** Environment variables, all of them names of files that hold secrets, and the flags they stand for. */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  HASTCONF_CARP_PASSWORD_FILE: 'carp-password-file',
};

/**
 * What the cluster file, the environment and the flags say together; the later win. Exit 2 with everything that
 * is wrong or missing at once, 5 when it is to be kept in a file that exists.
 */
export async function loadCluster({ io, global }: CommandContext): Promise<ClusterSpec> {
  const path = resolve(io.cwd, global.file);
  const flags = [...environmentFlags(io.env), ...(global.flags ?? [])];
  const there = await access(path).then(
    () => true,
    () => false,
  );
  if (global.save === true && there) {
    throw new HastconfError(ExitCode.Refused, `${path} exists; --save writes only a new cluster file`, {
      remedy: 'name another one with --file FILE, or leave --save out',
    });
  }
  const spec = await loadSpec(path, { overlay: { flags, cwd: io.cwd }, ...homeOf(io.env.HOME) });
  if (global.save === true) await save(spec, path);
  if (!there) {
    say(
      io,
      global.save === true
        ? `written: ${global.file}`
        : `there is no ${global.file}; --save keeps what the flags say in it`,
    );
  }
  return spec;
}

function homeOf(home: string | undefined): { home?: string } {
  return home === undefined ? {} : { home };
}

/** What the environment gives, as if it were flags. */
export function environmentFlags(env: CommandContext['io']['env']): GivenFlag[] {
  return Object.entries(ENVIRONMENT).flatMap(([source, flag]) => {
    const value = env[source];
    return value === undefined || value === '' ? [] : [{ flag, value, source }];
  });
}

async function save(spec: ClusterSpec, path: string): Promise<void> {
  // The libraries for it are loaded only here.
  const [{ serializeSpec }, { writeNewFile }] = await Promise.all([
    import('../spec/serialize.js'),
    import('../adopt/write.js'),
  ]);
  await writeNewFile({ path, content: serializeSpec(spec), mode: 0o644, force: false });
}
