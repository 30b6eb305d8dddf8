import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Handlebars from 'handlebars';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CompiledTemplate, compiledModule, programFor } from '../../src/render/compile.js';
import { fill, templateDirectory } from '../../src/render/engine.js';
import { helpers } from '../../src/render/helpers.js';
import { anchorView } from '../../src/render/pf-anchor.js';
import { ctlView, exportsView, smbView } from '../../src/render/services/views.js';
import { agentView, devdView, hastView, hostsView, rcView } from '../../src/render/view.js';
import { Secret } from '../../src/spec/secret.js';
import { demoSpec } from '../spec/demo.js';

const spec = demoSpec();
const [node] = spec.nodes;
const hints = { nodes: {} };
const LUN = { type: 'iscsi', target: 'iqn.2026-01.org:a', resource: 'disk0', chapFile: '/x' } as const;
const VIEWS: Readonly<Record<string, object>> = {
  'hast.conf.hbs': hastView(spec),
  'devd.conf.hbs': devdView(spec),
  'rc.conf.hbs': rcView(spec, node, { carpPassword: new Secret('some_password') }, hints),
  'loader.conf.hbs': {},
  'sysctl.conf.hbs': {},
  'hosts.hbs': hostsView(spec, { nodes: {} }),
  'agent/agent.conf.hbs': agentView(spec, node, hints),
  'exports.hbs': exportsView(spec, { type: 'nfs', exports: ['/hast/disk0'], version: 4 }),
  'ctl.conf.hbs': ctlView(spec, [LUN], { chap: { [LUN.target]: new Secret('ASecretOfTests') } }),
  'pf.anchor.hbs': anchorView({ ...spec, services: [{ type: 'nfs', exports: ['/hast/disk0'] }] }, node),
  'smb4.conf.hbs': smbView(spec, [{ type: 'samba', share: 'data', path: '/hast/disk0/data' }]),
};
const names = readdirSync(templateDirectory(), { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.hbs'),
);
const sources = Object.fromEntries(
  names.map((name) => [name, readFileSync(join(templateDirectory(), name), 'utf8')]),
);

const engine = Handlebars.create();
for (const [name, helper] of Object.entries(helpers))
  engine.registerHelper(name, (value: unknown) => helper(value));
const filled = (program: TemplateSpecification, view: object) => engine.template(program)(view);

describe('the module that the build writes', () => {
  let directory: string;
  let built: Record<string, CompiledTemplate>;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'hastconf-compile-'));
    writeFileSync(join(directory, 'compiled.cjs'), compiledModule(sources));
    built = createRequire(import.meta.url)(join(directory, 'compiled.cjs'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('holds every template with its text', () => {
    expect(Object.keys(built).sort()).toEqual(Object.keys(VIEWS).sort());
    for (const name of names) expect(built[name]?.source).toBe(sources[name]);
  });

  it.each(names)('fills %s exactly as the compiler does now', (name) => {
    const text = filled(built[name]!.program, VIEWS[name]!);
    expect(text).toBe(fill(name, VIEWS[name]!));
    expect(text).toBe(
      engine.compile(sources[name], { noEscape: true, strict: true, preventIndent: true })(VIEWS[name]),
    );
  });

  it('is as strict: a value that the view does not have is an error', () => {
    expect(() => filled(built['hosts.hbs']!.program, { hosts: [{}] })).toThrow(/cannot carry undefined/);
  });
});

describe('programFor', () => {
  const text = '{{#each names}}{{word this}}\n{{/each}}';
  const built: CompiledTemplate = { source: text, program: programFor(text, undefined) };

  it('takes what the build made of the same text', () => {
    expect(programFor(text, built)).toBe(built.program);
  });

  it('makes it anew of any other text', () => {
    const program = programFor(`# later\n${text}`, built);
    expect(program).not.toBe(built.program);
    expect(filled(program, { names: ['a', 'b'] })).toBe('# later\na\nb\n');
  });

  it.each([
    ['{{word missing}}', /cannot carry undefined/],
    ['{{missing}}', /"missing" not defined/],
  ])('refuses %s', (source, words) => {
    expect(() => filled(programFor(source, undefined), {})).toThrow(words);
  });
});
