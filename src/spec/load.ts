import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { ExitCode, HastconfError } from '../errors.js';
import { checkCluster } from './check/index.js';
import { parseSpecDocument } from './document.js';
import { type Finding, findingsOf } from './findings.js';
import { type FileContext, normalise } from './normalise.js';
import { specError } from './problems.js';
import { clusterSchema } from './schema.js';
import { at, type Path, valueAt } from './schema-walk.js';
import type { ClusterSpec } from './types.js';

/** What parsing needs to know of its surroundings; defaults are this process's. */
export interface ParseOptions {
  /** For `~/`. */
  home?: string;
  /** Directory that relative paths in the file start from; default: as they are. */
  directory?: string;
}

/** Reads and checks a cluster file. Throws ProblemsError (exit 2) with every finding at once. */
export async function loadSpec(path: string, options: ParseOptions = {}): Promise<ClusterSpec> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new HastconfError(ExitCode.Usage, `cannot read the cluster file ${path}`, {
      detail: code === 'ENOENT' ? 'no such file' : code === 'EISDIR' ? 'it is a directory' : String(code),
      remedy: 'name it with --file FILE',
      cause: error,
    });
  }
  return parseSpec(text, path, { directory: resolve(path, '..'), ...options });
}

/** Parses and checks the text of a cluster file; `fileName` is used in messages only. Exit 2. */
export function parseSpec(text: string, fileName: string, options: ParseOptions = {}): ClusterSpec {
  const document = parseSpecDocument(text.replace(/^\uFEFF/, ''), fileName);
  if (document.data === undefined || document.data === null) {
    const empty = { id: 'empty', file: fileName, line: 1, column: 1, message: 'the file is empty' };
    throw specError(fileName, document.problems.length > 0 ? document.problems : [empty]);
  }
  const parsed = clusterSchema.safeParse(document.data);
  const wrong = parsed.success ? [] : findingsOf(parsed.error, document.data);
  const findings = [...wrong, ...checkCluster(withoutWrong(document.data, wrong))];
  if (document.problems.length > 0 || findings.length > 0 || !parsed.success) {
    throw specError(fileName, [...document.problems, ...findings.map(document.locate)]);
  }
  const context: FileContext = { home: options.home ?? process.env.HOME ?? homedir() };
  if (options.directory !== undefined) context.directory = options.directory;
  return normalise(parsed.data, context);
}

/** The file's data less everything that the schema refused, so that the other keys are still checked together. */
function withoutWrong(data: unknown, findings: readonly Finding[]): unknown {
  if (findings.length === 0) return data;
  const copy = structuredClone(data);
  for (const { path } of findings) removeAt(copy, path);
  return copy;
}

function removeAt(data: unknown, path: Path): void {
  const last = path.at(-1);
  const parent = valueAt(data, path.slice(0, -1));
  if (last === undefined || at(parent, last) === undefined) return;
  // The place stays: counts of nodes and indices of lists must not shift.
  (parent as Record<string | number, unknown>)[last] = undefined;
}
