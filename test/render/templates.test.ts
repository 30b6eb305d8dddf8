import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Handlebars from 'handlebars';
import { describe, expect, it } from 'vitest';
import { templateDirectory } from '../../src/render/engine.js';
import { helpers } from '../../src/render/helpers.js';

const directory = templateDirectory();
const templates = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.hbs'),
);
const BLOCKS = ['each', 'if', 'unless'];

/** Everything in a template that could put a value into the output without quoting it. */
function unquoted(source: string): string[] {
  const found: string[] = [];
  const visit = (program: hbs.AST.Program | undefined): void => {
    for (const statement of program?.body ?? []) {
      if (statement.type === 'ContentStatement' || statement.type === 'CommentStatement') continue;
      if (statement.type === 'BlockStatement') {
        const block = statement as hbs.AST.BlockStatement;
        if (!BLOCKS.includes(name(block.path))) found.push(`{{#${name(block.path)}}}`);
        visit(block.program);
        visit(block.inverse);
      } else if (statement.type === 'MustacheStatement') {
        const mustache = statement as hbs.AST.MustacheStatement;
        // `{{word}}` without an argument would be a look-up, and `(…)` a helper within a helper.
        const quoted = Object.hasOwn(helpers, name(mustache.path)) && mustache.params.length === 1;
        const plain = mustache.params.every((param) =>
          ['PathExpression', 'StringLiteral'].includes(param.type),
        );
        if (!quoted || !plain || !mustache.escaped) found.push(`{{${name(mustache.path)}}}`);
      } else found.push(statement.type);
    }
  };
  visit(Handlebars.parse(source));
  return found;
}

function name(path: hbs.AST.PathExpression | hbs.AST.Literal): string {
  return 'original' in path ? String(path.original) : path.type;
}

describe('templates', () => {
  it('are all found', () => {
    expect(templates.length).toBeGreaterThanOrEqual(7);
  });

  it.each(templates)('%s lets no value through without its quoting helper', (template) => {
    expect(unquoted(readFileSync(join(directory, template), 'utf8'))).toEqual([]);
  });

  it.each([
    '{{name}}',
    '{{{word name}}}',
    '{{word}}',
    '{{> part}}',
    '{{#with a}}{{/with}}',
    '{{lookup a b}}',
    '{{word (x y)}}',
    '{{#if a}}{{else}}{{b}}{{/if}}',
    '{{#each a}}{{this}}{{/each}}',
  ])('the scan sees %s', (source) => {
    expect(unquoted(source)).not.toEqual([]);
  });
});
