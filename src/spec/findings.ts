import { kindOf, shown } from './leaves.js';
import { clusterSchema } from './schema.js';
import { keysAt, type Path, valueAt } from './schema-walk.js';
import { didYouMean } from './suggest.js';
import type { InvalidType, ZodError, ZodIssue } from './zod.js';

/** Something wrong in the cluster file, before it has a line and a column. */
export interface Finding {
  id: string;
  path: Path;
  /** Where to point: at the value (the default), or at its key. */
  at?: 'key' | 'value';
  message: string;
  remedy?: string;
}

/** Tells zod's issues in the words of the cluster file. */
export function findingsOf(error: ZodError, data: unknown): Finding[] {
  return error.issues.flatMap((issue) => translate(issue, data));
}

function translate(issue: ZodIssue, data: unknown): Finding[] {
  const path = issue.path.map((key) => (typeof key === 'number' ? key : String(key)));
  const value = valueAt(data, path);
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key, data));
  if (value === undefined) return [missingKey(path, issue)];
  if (issue.code === 'custom') {
    const remedy = issue.params?.remedy as string | undefined;
    return [finding('bad-value', path, issue.message, remedy)];
  }
  if (issue.code === 'invalid_union') {
    return [choiceFinding(path, value, 'options' in issue ? (issue.options as readonly string[]) : [])];
  }
  if (issue.code === 'invalid_value') {
    return [
      finding('bad-value', path, `must be ${issue.values.map(String).join(' or ')}, not ${scalar(value)}`),
    ];
  }
  if (issue.code === 'invalid_type') return [wrongType(path, issue, value)];
  return [finding('bad-value', path, issue.message)];
}

function wrongType(path: Path, issue: InvalidType, value: unknown): Finding {
  const wanted: Record<string, string> = { object: 'a map', record: 'a map', array: 'a list' };
  if (!issue.message.startsWith('Invalid input')) {
    const [message, remedy] = issue.message.split('; ', 2);
    return finding('wrong-type', path, message ?? '', remedy);
  }
  return finding(
    'wrong-type',
    path,
    `must be ${wanted[issue.expected] ?? issue.expected}, not ${kindOf(value)}`,
  );
}

function unknownKey(parent: Path, key: string, data: unknown): Finding {
  const known = keysAt(clusterSchema, parent, data);
  return {
    id: 'unknown-key',
    path: [...parent, key],
    at: 'key',
    message: `unknown key${didYouMean(key, known)}`,
    remedy: `known keys here: ${known.join(', ')}`,
  };
}

function missingKey(path: Path, issue: ZodIssue): Finding {
  const options = 'options' in issue ? ` (one of ${(issue.options as readonly string[]).join(', ')})` : '';
  return { id: 'missing-key', path, message: `is missing${options}` };
}

function choiceFinding(path: Path, value: unknown, options: readonly string[]): Finding {
  const hint = typeof value === 'string' ? didYouMean(value, options) : '';
  return finding('bad-value', path, `must be one of ${options.join(', ')}, not ${scalar(value)}${hint}`);
}

function finding(id: string, path: Path, message: string, remedy?: string): Finding {
  return remedy === undefined ? { id, path, message } : { id, path, message, remedy };
}

function scalar(value: unknown): string {
  return typeof value === 'object' ? kindOf(value) : shown(String(value));
}
