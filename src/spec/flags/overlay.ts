import type { Problem } from '../../errors.js';
import type { SpecDocument } from '../document.js';
import type { Finding } from '../findings.js';
import { type Path, valueAt } from '../schema-walk.js';
import { Sheet } from './sheet.js';
import { flagFor, SPEC_FLAGS } from './table.js';
import type { GivenFlag } from './types.js';

export interface Overlay {
  /** Given on the command line, in order. */
  flags: readonly GivenFlag[];
  /** Relative file names in flags start here. */
  cwd: string;
}

/** Maps that are there even when nothing was written into them, so that all they lack is named at once. */
const SKELETON = ['nodes', 'carp', 'resources'] as const;

/** What stands where there is no file: nothing, or what somebody has put together. */
export function bareDocument(given: Readonly<Record<string, unknown>> = {}): SpecDocument {
  const data = { version: 1, ...Object.fromEntries(SKELETON.map((key) => [key, {}])), ...given };
  return { data, problems: [], locate: ({ at: _, path, ...rest }) => ({ ...rest, path: pathText(path) }) };
}

/** A document with the flags written over it: they win, and what is wrong with them is told of them. */
export function withFlags(document: SpecDocument, { flags, cwd }: Overlay): SpecDocument {
  if (typeof document.data !== 'object' || document.data === null || Array.isArray(document.data))
    return document;
  const before: unknown = structuredClone(document.data);
  const sheet = new Sheet(document.data as Record<string, unknown>, cwd);
  const problems = flags.flatMap((given) => put(sheet, given));
  return {
    data: sheet.data,
    problems: [...document.problems, ...problems],
    locate: (finding) => locate(finding, sheet, document, before),
  };
}

function put(sheet: Sheet, { flag, value, source }: GivenFlag): Problem[] {
  const known = SPEC_FLAGS.find(({ name }) => name === flag);
  if (!known) throw new Error(`there is no flag --${flag}`);
  const name = source ?? (known.value === undefined && value === 'no' ? `--no-${flag}` : `--${flag}`);
  const complaint = known.put(sheet.writing(name), value);
  if (complaint === undefined) return [];
  return [{ id: 'bad-flag', file: name, message: `${JSON.stringify(value)} ${complaint}` }];
}

/** At the flag that gave the value, else in the file; with the flag that would give what is missing. */
function locate(finding: Finding, sheet: Sheet, document: SpecDocument, before: unknown): Problem {
  const { id, path, message, remedy } = finding;
  const value = valueAt(sheet.data, path);
  const missing = finding.at !== 'key' && (value === undefined || isEmpty(value));
  const by =
    sheet.origin(path) ??
    (missing && valueAt(before, path) === undefined ? sheet.originWithin(path.slice(0, 2)) : undefined);
  const told = { id, path: pathText(path), message, ...(remedy === undefined ? {} : { remedy }) };
  const problem = by === undefined ? document.locate(finding) : { ...told, file: by };
  const flag = missing ? flagFor(path) : undefined;
  if (flag === undefined) return problem;
  const alone = remedy === undefined || problem.line === undefined;
  return { ...problem, remedy: alone ? `give it with ${flag}` : `${remedy}; or give it with ${flag}` };
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function pathText(path: Path): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : index === 0 ? key : `.${key}`))
    .join('');
}
