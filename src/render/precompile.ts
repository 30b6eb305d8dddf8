import { readdirSync, writeFileSync } from 'node:fs';
import { compiledModule } from './compile.js';
import { COMPILED, readTemplate, templateDirectory } from './engine.js';

// The build's last step: the templates as engine.ts finds them, compiled, beside this file.
const names = readdirSync(templateDirectory(), { recursive: true, encoding: 'utf8' })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => name.endsWith('.hbs'))
  .sort();
writeFileSync(COMPILED, compiledModule(Object.fromEntries(names.map((name) => [name, readTemplate(name)]))));
