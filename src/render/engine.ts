import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Handlebars from 'handlebars';
import { ExitCode, HastconfError } from '../errors.js';
import { helpers } from './helpers.js';

const engine = Handlebars.create();
for (const [name, helper] of Object.entries(helpers))
  engine.registerHelper(name, (value: unknown) => helper(value));

const compiled = new Map<string, Handlebars.TemplateDelegate>();

/** Fills a template of the package, for example `hast.conf.hbs`, with a view model of plain objects. */
export function fill(template: string, view: object): string {
  let run = compiled.get(template);
  if (!run) {
    run = engine.compile(readTemplate(template), {
      noEscape: true,
      strict: true,
      knownHelpers: Object.fromEntries(Object.keys(helpers).map((name) => [name, true])),
      knownHelpersOnly: true,
      preventIndent: true,
    });
    compiled.set(template, run);
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
