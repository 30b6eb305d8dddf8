import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { ProblemsError } from '../../src/errors.js';
import { templateDirectory } from '../../src/render/engine.js';
import { parseSpec } from '../../src/spec/load.js';

const text = readFileSync(join(templateDirectory(), 'cluster.example.yaml'), 'utf8');
const JUNK = [null, true, -1, 1.5, '', 'x y', [], {}, [null], { type: 'ufs' }, { local: 5 }];

type Path = (string | number)[];

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const below = Object.entries(value).flatMap(([key, child]) =>
    pathsOf(child, [...path, Array.isArray(value) ? Number(key) : key]),
  );
  return [path, ...below];
}

function replaced(path: Path, value: unknown): string {
  const data = { root: parse(text) as unknown };
  const parent = ['root', ...path]
    .slice(0, -1)
    .reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], data);
  (parent as Record<string | number, unknown>)[path.at(-1) ?? 'root'] = value;
  return stringify(data.root);
}

/** What parsing threw that was no ProblemsError, or undefined. */
function crash(file: string): unknown {
  try {
    parseSpec(file, 'cluster.yaml');
  } catch (error) {
    if (!(error instanceof ProblemsError)) return error;
    const placed = error.problems.every((problem) => (problem.line ?? 0) > 0 && (problem.column ?? 0) > 0);
    return placed && error.problems.length > 0 ? undefined : error;
  }
  return undefined;
}

describe('any value of the wrong kind, anywhere in the file', () => {
  it('is told with its place, and nothing else breaks over it', () => {
    for (const path of pathsOf(parse(text))) {
      for (const junk of JUNK) {
        const failure = crash(replaced(path, junk));
        expect(failure, `${path.join('.')} = ${JSON.stringify(junk)}`).toBeUndefined();
      }
    }
  });

  it('also for names that JavaScript has a meaning for', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      for (const from of ['hasta', 'disk0', 'pair1', 'failover', 'witness', 'chap']) {
        expect(crash(text.replaceAll(from, name)), `${from} -> ${name}`).toBeUndefined();
      }
    }
    expect(() => parseSpec(text.replaceAll('hasta', '__proto__'), 'c')).toThrow(ProblemsError);
    expect(parseSpec(text.replaceAll('disk0', 'constructor'), 'c').resources[0]?.name).toBe('constructor');
  });
});
