import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { COVERAGE, FILES, type FileName } from './coverage.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HERE = join(ROOT, 'test/histories');
const texts = new Map<FileName, string>();
const textOf = (name: FileName): string => {
  const text = texts.get(name) ?? readFileSync(join(ROOT, FILES[name]), 'utf8');
  texts.set(name, text);
  return text;
};
/** Whether the file has a test or history of this title, as it is written there. */
const has = (name: FileName, title: string): boolean =>
  ["'", '`'].some((quote) => textOf(name).includes(`${quote}${title}${quote}`));

/** Titles of the histories of a file: they run the real agent on both nodes of the lab. */
const historiesIn = (text: string): string[] =>
  [...text.matchAll(/\b(?:history|fromHasta|lastHistory)\(\s*(['`])((?:(?!\1).)+)\1/g)].map(
    ([, , title = '']) => title,
  );

describe('every failure scenario and every hazard', () => {
  it.each([
    ['s', 25],
    ['m', 8],
    ['h', 24],
  ] as const)('of kind %s is in the table, once', (kind, count) => {
    const ids = COVERAGE.map(({ id }) => id).filter((id) => id.startsWith(kind));
    expect(ids).toEqual(Array.from({ length: count }, (_, index) => `${kind}${index + 1}`));
  });

  it.each(COVERAGE)('$id is shown by tests that exist: $what', ({ shown }) => {
    expect(shown.length).toBeGreaterThan(0);
    expect(shown.filter(([name, title]) => !has(name, title))).toEqual([]);
  });

  it('a scenario is shown by at least one whole history', () => {
    const without = COVERAGE.filter(({ id }) => id.startsWith('s')).filter(
      ({ shown }) => !shown.some(([name]) => FILES[name].startsWith('test/histories/')),
    );
    expect(without).toEqual([]);
  });
});

describe('whole histories', () => {
  const found = readdirSync(HERE)
    .filter((name) => name.endsWith('.test.ts') && name !== 'coverage.test.ts')
    .flatMap((name) => historiesIn(readFileSync(join(HERE, name), 'utf8')));

  it('are at least twenty-five, and each has a title of its own', () => {
    expect(found.length).toBeGreaterThanOrEqual(25);
    expect(new Set(found).size).toBe(found.length);
  });
});
