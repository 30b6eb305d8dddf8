import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ExitCode, HastconfError } from '../errors.js';
import { localHome } from '../local-user.js';
import { checkCluster } from './check/index.js';
import { parseSpecDocument, type SpecDocument } from './document.js';
import { type Finding, findingsOf } from './findings.js';
import { bareDocument, type Overlay, withFlags } from './flags/overlay.js';
import { type FileContext, normalise } from './normalise.js';
import { specError } from './problems.js';
import { clusterSchema } from './schema.js';
import { at, type Path, valueAt } from './schema-walk.js';
import type { ClusterSpec } from './types.js';

/** What parsing needs to know of its surroundings; defaults are this process's. */
export interface ParseOptions {
  /** For `~/`. */
  home?: string | undefined;
  /** Directory that relative paths in the file start from; default: as they are. */
  directory?: string;
  /** The command line's own values, which win over the file's. */
  overlay?: Overlay;
}

/**
 * Reads and checks a cluster file. Throws ProblemsError (exit 2) with every finding at once. With flags there
 * need be no file.
 */
export async function loadSpec(path: string, options: ParseOptions = {}): Promise<ClusterSpec> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' && options.overlay?.flags.some(({ source }) => source === undefined))
      return specOfFlags(path, { directory: resolve(path, '..'), ...options });
    throw new HastconfError(ExitCode.Usage, `cannot read the cluster file ${path}`, {
      detail: code === 'ENOENT' ? 'no such file' : code === 'EISDIR' ? 'it is a directory' : String(code),
      remedy:
        options.overlay === undefined
          ? 'name it with --file FILE'
          : 'name it with --file FILE; hastconf init makes one; or give all of it by flags: --name, two --node, --carp-address, --vhid, --resource (see --help)',
      cause: error,
    });
  }
  return parseSpec(text, path, { directory: resolve(path, '..'), ...options });
}

/** Parses and checks the text of a cluster file; `fileName` is used in messages only. Exit 2. */
export function parseSpec(text: string, fileName: string, options: ParseOptions = {}): ClusterSpec {
  const parsed = parseSpecDocument(text.replace(/^\uFEFF/, ''), fileName);
  const document = options.overlay === undefined ? parsed : withFlags(parsed, options.overlay);
  if (document.data === undefined || document.data === null) {
    const empty = { id: 'empty', file: fileName, line: 1, column: 1, message: 'the file is empty' };
    throw specError(fileName, document.problems.length > 0 ? document.problems : [empty]);
  }
  return checked(document, fileName, options);
}

/** What the flags say where there is no file. */
function specOfFlags(path: string, options: ParseOptions): ClusterSpec {
  const document = withFlags(bareDocument(), options.overlay!);
  return checked(document, `there is no ${path}, and what the flags give`, options);
}

/** The spec of data that is in no file, `name` for messages; flags win. Exit 2. */
export function specOfData(
  data: Readonly<Record<string, unknown>>,
  name: string,
  options: ParseOptions & { overlay: Overlay },
): ClusterSpec {
  return checked(withFlags(bareDocument(structuredClone(data)), options.overlay), name, options);
}

function checked(document: SpecDocument, fileName: string, options: ParseOptions): ClusterSpec {
  const parsed = clusterSchema.safeParse(document.data);
  const wrong = parsed.success ? [] : findingsOf(parsed.error, document.data);
  const findings = [...wrong, ...checkCluster(withoutWrong(document.data, wrong))];
  if (document.problems.length > 0 || findings.length > 0 || !parsed.success) {
    throw specError(fileName, [...document.problems, ...findings.map(document.locate)]);
  }
  const context: FileContext = {
    home: localHome(options.home === undefined ? process.env : { HOME: options.home }),
  };
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
