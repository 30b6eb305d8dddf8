import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type Handlebars from 'handlebars';
import { ExitCode, HastconfError } from '../errors.js';
import { type CompiledTemplate, programFor } from './compile.js';
import { helpers } from './helpers.js';

const require = createRequire(import.meta.url);

/** Written by the build (precompile.ts) beside this file; there is none beside the sources. */
export const COMPILED = fileURLToPath(new URL('compiled.cjs', import.meta.url));

// The one-file runtime has no compiler; loading the whole package costs more than filling every template.
const runtime = (
  require('handlebars/dist/handlebars.runtime.min.js') as Pick<typeof Handlebars, 'create'>
).create();
for (const [name, helper] of Object.entries(helpers))
  runtime.registerHelper(name, (value: unknown) => helper(value));

let built: Readonly<Record<string, CompiledTemplate>> | undefined;
const delegates = new Map<string, Handlebars.TemplateDelegate>();

/** Fills a template of the package, for example `hast.conf.hbs`, with a view model of plain objects. */
export function fill(template: string, view: object): string {
  let run = delegates.get(template);
  if (!run) {
    built ??= existsSync(COMPILED) ? (require(COMPILED) as Readonly<Record<string, CompiledTemplate>>) : {};
    run = runtime.template(programFor(readTemplate(template), built[template]));
    delegates.set(template, run);
  }
  return run(view, { allowProtoMethodsByDefault: false, allowProtoPropertiesByDefault: false });
}

/** A template's text as it is in the package. Throws when the package is incomplete. */
export function readTemplate(name: string): string {
  const path = join(templateDirectory(), name);
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new HastconfError(ExitCode.StepFailed, `hastconf is not completely installed: ${path} is missing`, {
      remedy: 'install the package again',
      cause: error,
    });
  }
}

let directory: string | undefined;

/** `templates/` of the package, found from src (tests, tsx) as well as from dist. */
export function templateDirectory(): string {
  if (directory !== undefined) return directory;
  let place = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(place, 'package.json'))) {
    const parent = dirname(place);
    if (parent === place) throw new Error('no package.json above the program');
    place = parent;
  }
  directory = join(place, 'templates');
  return directory;
}
