import { randomInt } from 'node:crypto';
import { access, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { type Progress, START } from './flow.js';

const answer = z.union([z.string(), z.array(z.string())]);
const kept = z.object({
  version: z.literal(1),
  at: z.string(),
  given: z.record(z.string(), answer),
  trail: z.array(z.string()),
  drafts: z.record(z.string(), answer),
});

/** Where the answers to an unfinished `init` are kept: `cluster.yaml` -> `.cluster.yaml.answers`. */
export function answersPath(specPath: string): string {
  return join(dirname(specPath), `.${basename(specPath)}.answers`);
}

/** The kept answers and when they were given; undefined when there are none, or none that can be read. */
export async function loadAnswers(path: string): Promise<{ at: Date; progress: Progress } | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const { at, given, trail, drafts } = kept.parse(JSON.parse(text));
    return { at: new Date(at), progress: { ...START, given, trail, drafts } };
  } catch {
    return undefined;
  }
}

/** Keeps the answers, whole or not at all; they hold no secret, but names and addresses: mode 0600. */
export async function saveAnswers(path: string, { given, trail, drafts }: Progress, at: Date): Promise<void> {
  await writeWhole(
    path,
    `${JSON.stringify({ version: 1, at: at.toISOString(), given, trail, drafts }, null, 2)}\n`,
    0o600,
  );
}

export async function dropAnswers(path: string): Promise<void> {
  await rm(path, { force: true });
}

/** Replaces a file of this machine in one go. */
export async function writeWhole(path: string, content: string, mode: number): Promise<void> {
  const temporary = `${path}.${process.pid}.${randomInt(2 ** 32)}`;
  await mkdir(dirname(path), { recursive: true });
  const handle = await open(temporary, 'wx', mode);
  try {
    await handle.writeFile(content);
    await handle.sync();
    await handle.close();
    await rename(temporary, path);
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Whether something of this name is there. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
