import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lexDevdConf } from '../../src/formats/devd-lexer.js';
import { lexHastConf } from '../../src/formats/hast-lexer.js';
import { devd, helpers, rc, sh, UnrenderableError, word } from '../../src/render/helpers.js';
import { render } from '../../src/render/render.js';
import { Secret } from '../../src/spec/secret.js';
import { demoSpec } from '../spec/demo.js';
import { fileOf, rendered, textOf } from './fixtures.js';

/** What people try. */
const INJECTIONS = [
  'tank/x; reboot',
  'a b',
  'a\nexec /tmp/x',
  '"; reboot; "',
  "'; reboot; '",
  '$(reboot)',
  '`reboot`',
  '${IFS}',
  'a\\',
  'a#b',
  'a"b',
  '{{x}}',
  'é',
  '\0',
];

describe('word', () => {
  it('gives one token of hast.conf, or throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constantFrom(...INJECTIONS)), (value) => {
        let text: string;
        try {
          text = word(value);
        } catch (error) {
          expect(error).toBeInstanceOf(UnrenderableError);
          return;
        }
        const { tokens, warnings } = lexHastConf(`${text}\n`);
        expect(warnings).toEqual([]);
        expect(tokens.map((token) => token.text)).toEqual([value, '']);
      }),
    );
  });
});

describe('devd', () => {
  it('gives part of one string that matches the value and nothing else, or throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.stringMatching(/^[a-z.@0-9]+$/), fc.constantFrom(...INJECTIONS)),
        (value) => {
          let text: string;
          try {
            text = devd(value);
          } catch (error) {
            expect(error).toBeInstanceOf(UnrenderableError);
            return;
          }
          expect(lexDevdConf(`"${text}"\n`).tokens.map((token) => token.kind)).toEqual(['string', 'end']);
          expect(new RegExp(`^${text}$`).test(value)).toBe(true);
          expect(new RegExp(`^${text}$`).test(`${value}x`)).toBe(false);
        },
      ),
    );
  });
});

describe('rc and sh', () => {
  /** What a real sh makes of `v=TEXT`, also when the value is evaluated once more as network.subr does. */
  function assigned(text: string, again: string): string {
    const script = `v=${text}\n${again}\nprintf '%s.' "$v"`;
    return execFileSync('/bin/sh', ['-s'], { input: script, encoding: 'utf8' }).slice(0, -1);
  }

  it('rc refuses what sh would expand', () => {
    for (const value of INJECTIONS) {
      if (value === 'a b') continue;
      expect(() => rc(value)).toThrow(UnrenderableError);
    }
  });

  it('rc carries its alphabet, also through eval', () => {
    const value = 'inet6 vhid 1 pass A_z9 alias fd00::10/128';
    expect(assigned(rc(value), 'eval "v=\\"$v\\""')).toBe(value);
  });

  it('sh carries everything but line ends', () => {
    const values = [...INJECTIONS.filter((value) => !/[\0\n]/.test(value)), "it's", '', ' ', '*', '~', '-n'];
    for (const value of values) expect(assigned(sh(value), ':')).toBe(value);
    for (const value of ['a\nb', 'a\rb', 'a\0b']) expect(() => sh(value)).toThrow(UnrenderableError);
  });
});

describe('every helper', () => {
  it.each(Object.entries(helpers))('%s refuses what is no text and no number', (_, helper) => {
    for (const value of [undefined, null, true, {}, [], 1.5, Number.NaN]) {
      expect(() => helper(value)).toThrow(UnrenderableError);
    }
    expect(helper(0)).toContain('0');
  });
});

describe('a spec that slipped past its checks', () => {
  it.each(INJECTIONS)('cannot put %j into a generated file', (bad) => {
    const spec = demoSpec();
    const [first, second] = spec.nodes;
    const slipped = [
      { ...spec, name: bad },
      { ...spec, nodes: [{ ...first, interface: bad }, second] as const },
      { ...spec, nodes: [{ ...first, replication: bad }, second] as const },
      { ...spec, resources: [{ name: bad, local: spec.resources[0]!.local }] },
      { ...spec, resources: [{ name: 'disk0', local: { hasta: bad, hastb: bad } }] },
      { ...spec, carp: { ...spec.carp, address: bad } },
    ];
    for (const each of slipped) expect(() => rendered(each)).toThrow();
  });

  it('never shows a password that it refuses', () => {
    const attempt = (): unknown =>
      render(demoSpec(), { carpPassword: new Secret('se cret-0-0') }, { nodes: {} });
    expect(attempt).toThrow('rc.conf cannot carry "[secret]"');
  });

  it('quotes what agent.conf can carry', () => {
    const evil = "/x'; touch /tmp/hastconf-injected; '$(id)`id`";
    const spec = { ...demoSpec(), agent: { ...demoSpec().agent, fence: evil } };
    const conf = textOf(fileOf(rendered(spec), 'hasta', '/usr/local/etc/hastconf/agent.conf'));
    const script = `declare_witness() { :; }\ndeclare_resource() { :; }\ndeclare_storage() { :; }\ndeclare_service() { :; }\n${conf}\nprintf '%s' "$fence"`;
    expect(execFileSync('/bin/sh', ['-s'], { input: script, encoding: 'utf8' })).toBe(evil);
  });
});
