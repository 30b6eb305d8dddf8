import { copyFile, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, isAbsolute, join, resolve } from 'node:path';
import { z } from 'zod';
import { ExitCode, HastconfError } from '../../errors.js';
import type { BuiltMachine } from './build.js';
import { copySparse } from './disks.js';

const disk = z.object({ file: z.string(), format: z.enum(['raw', 'qcow2']) });

/** `state.json` of a saved state; file names are relative to its directory. */
const savedSchema = z.object({
  version: z.literal(1),
  /** Of QEMU: another one may not understand the memory. */
  qemu: z.string(),
  /** The image below the root disks, when they are overlays. */
  image: z.string(),
  /** The lab's directory and ports, as the cluster file has them. */
  dir: z.string(),
  machines: z.array(
    z.object({
      name: z.string(),
      uuid: z.string(),
      port: z.number(),
      hostKey: z.string(),
      memory: z.string(),
      vars: disk,
      disks: z.array(disk),
      seed: z.string(),
    }),
  ),
});
export type SavedState = z.infer<typeof savedSchema>;
type SavedMachine = SavedState['machines'][number];

/** Files of the lab's user that belong to a state. */
export const CLIENT_FILES = ['cluster.yaml', 'carp.password', 'id_ed25519', 'id_ed25519.pub'];

/** Where a saved state lies: a path, or a name in the lab's directory. Throws exit 2 for a bad name. */
export function stateDirectory(dir: string, name: string): string {
  if (name.includes('/')) return isAbsolute(name) ? name : resolve(name);
  if (/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(name)) return join(dir, 'states', name);
  throw new HastconfError(ExitCode.Usage, `a state cannot be called ${JSON.stringify(name)}`, {
    remedy: 'Letters, digits, points, underscores and dashes.',
  });
}

/** Throws exit 2 when there is none, 3 when this machine cannot go on with it. */
export async function readState(directory: string, qemu: string): Promise<SavedState> {
  const text = await readFile(join(directory, 'state.json'), 'utf8').catch(() => undefined);
  if (text === undefined) throw new HastconfError(ExitCode.Usage, `there is no saved state in ${directory}`);
  const state = savedSchema.parse(JSON.parse(text));
  const remedy = 'Save a new one: hastconf lab up --image FILE, hastconf lab save NAME';
  if (state.qemu !== qemu) {
    const message = `the state in ${directory} is of QEMU ${state.qemu}; this is ${qemu}`;
    throw new HastconfError(ExitCode.Preflight, message, { remedy });
  }
  if (!(await stat(state.image).catch(() => undefined))) {
    const message = `the image ${state.image}, on which ${directory} was built, is gone`;
    throw new HastconfError(ExitCode.Preflight, message, { remedy });
  }
  return state;
}

/** Copies one machine's files; it stands still meanwhile. `memory` was written into `directory` before. */
export async function saveMachine(
  hardware: BuiltMachine['hardware'],
  rest: { port: number; hostKey: string; memory: string },
  directory: string,
): Promise<SavedMachine> {
  const { name, uuid } = hardware;
  await mkdir(join(directory, name), { recursive: true, mode: 0o700 });
  const keep = async (file: string) => {
    const kept = join(name, basename(file));
    await copySparse(file, join(directory, kept));
    return kept;
  };
  const disks = await Promise.all(
    hardware.disks.map(async ({ file, format }) => ({ file: await keep(file), format })),
  );
  const vars = { file: await keep(hardware.vars.file), format: hardware.vars.format };
  return { name, uuid, ...rest, vars, disks, seed: await keep(hardware.seed) };
}

/** Puts a state in its place only when it is whole; an earlier one of that name is replaced. */
export async function finishState(
  part: string,
  directory: string,
  dir: string,
  state: SavedState,
): Promise<void> {
  for (const name of CLIENT_FILES) await copyFile(join(dir, name), join(part, name));
  await writeFile(join(part, 'state.json'), `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  await rm(directory, { recursive: true, force: true });
  await rename(part, directory);
}

/** A machine as it was saved, on disks of its own. */
export async function restoreMachine(
  saved: SavedMachine,
  index: number,
  firmware: string,
  from: string,
  directory: string,
): Promise<BuiltMachine> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const own = async (file: string) => {
    const target = join(directory, basename(file));
    await copySparse(join(from, file), target);
    return target;
  };
  const disks = await Promise.all(
    saved.disks.map(async ({ file, format }) => ({ file: await own(file), format })),
  );
  const hardware = {
    name: saved.name,
    index,
    uuid: saved.uuid,
    firmware,
    vars: { file: await own(saved.vars.file), format: saved.vars.format },
    disks,
    seed: await own(saved.seed),
    console: join(directory, 'console.log'),
  };
  return { hardware, hostKey: saved.hostKey, memory: join(from, saved.memory) };
}
