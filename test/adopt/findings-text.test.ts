import { describe, expect, it } from 'vitest';
import { findingLines } from '../../src/adopt/findings-text.js';
import { finding, inOrderOfWeight } from '../../src/adopt/types.js';

const style = { color: false, width: 80 };

describe('findings as text', () => {
  it('stand under their kinds, gravest first, each once, in 80 columns', () => {
    const findings = inOrderOfWeight([
      finding('assumed', 'short'),
      finding('replaced', `a very long sentence ${'that goes on and on '.repeat(8)}to its end`, {
        remedy: 'do it',
      }),
      finding('missing', 'gone'),
      finding('missing', 'gone'),
    ]);
    const lines = findingLines(findings, style);
    expect(lines).toMatchInlineSnapshot(`
      [
        "Missing: a cluster file needs it, and the nodes do not say it",
        "  - gone",
        "",
        "Replaced by the first apply, or to be removed by hand",
        "  - a very long sentence that goes on and on that goes on and on that goes on",
        "    and on that goes on and on that goes on and on that goes on and on that goes",
        "    on and on that goes on and on to its end",
        "    -> do it",
        "",
        "Assumed: look at it in the file",
        "  - short",
      ]
    `);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('say of both nodes at once what is the same on both, and only that', () => {
    const both = ['a', 'a.example.org'].map((node) =>
      finding('differs', `x of ${node} is data on ${node}`, { node }),
    );
    expect(findingLines(both, style).slice(1)).toEqual([
      '  - x of a and a.example.org is data on a and a.example.org',
    ]);
    const one = ['hasta', 'hastb'].map((node) =>
      finding('differs', `${node} has ${node.length}${node}`, { node }),
    );
    expect(findingLines(one, style).slice(1)).toHaveLength(2);
    expect(findingLines([], style)).toEqual([]);
  });
});
