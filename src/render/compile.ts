import { createRequire } from 'node:module';
import { runInThisContext } from 'node:vm';
import type Handlebars from 'handlebars';
import { helpers } from './helpers.js';

/** Nothing is escaped or guessed: a value gets out only through a helper, and an unknown name is an error. */
const OPTIONS: PrecompileOptions = {
  noEscape: true,
  strict: true,
  knownHelpers: Object.fromEntries(Object.keys(helpers).map((name) => [name, true])),
  knownHelpersOnly: true,
  preventIndent: true,
};

/** A template's text as the JavaScript expression that handlebars' runtime takes. */
function compileTemplate(source: string): string {
  const full = createRequire(import.meta.url)('handlebars') as typeof Handlebars;
  // Its own types say that this is the finished object; it is the text of one.
  return String(full.precompile(source, OPTIONS));
}

/** What the build keeps of a template: what handlebars made of it, and of which text. */
export interface CompiledTemplate {
  source: string;
  program: TemplateSpecification;
}

/** The program of a template: the build's when it was made of the very same text, else made now. */
export function programFor(source: string, built: CompiledTemplate | undefined): TemplateSpecification {
  if (built?.source === source) return built.program;
  return runInThisContext(`(${compileTemplate(source)})`) as TemplateSpecification;
}

/** Templates, by name, as one CommonJS module that exports a {@link CompiledTemplate} for each. */
export function compiledModule(sources: Readonly<Record<string, string>>): string {
  const entries = Object.entries(sources).map(
    ([name, source]) =>
      `${JSON.stringify(name)}: { source: ${JSON.stringify(source)}, program: ${compileTemplate(source)} },\n`,
  );
  return `module.exports = {\n${entries.join('')}};\n`;
}
