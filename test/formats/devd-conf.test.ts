import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DevdRule, devdMessage, parseDevdConf } from '../../src/formats/devd-conf.js';
import { devdRuleFor } from '../../src/formats/devd-match.js';

function rules(text: string): DevdRule[] {
  const result = parseDevdConf(text);
  if (!result.ok) throw new Error(`line ${result.line} near ${result.near}`);
  return result.config.rules;
}

describe('parseDevdConf', () => {
  it('reads options, rules, comments of all kinds and continued strings', () => {
    const text = `# one
// two
/* three
 * lines **/
options {
	directory "/etc/devd";
	pid-file "/var/run/devd.pid";
	set some-regex "(a|\\
		b)[0-9]+";
};
attach 10 { device-name "$some-regex"; action "true"; };
nomatch 0 {
# nothing
};
notify 100 { match "system" "CARP"; media-type "ethernet"; action "a $subsystem"; action "b"; };
`;
    const result = parseDevdConf(text);
    expect(result).toEqual({
      ok: true,
      warnings: [],
      config: {
        directories: ['/etc/devd'],
        pidFile: '/var/run/devd.pid',
        sets: [{ name: 'some-regex', value: '(a|b)[0-9]+' }],
        rules: [
          {
            kind: 'attach',
            priority: 10,
            matches: [],
            directives: [{ name: 'device-name', value: '$some-regex' }],
            actions: ['true'],
            line: 11,
          },
          { kind: 'nomatch', priority: 0, matches: [], directives: [], actions: [], line: 12 },
          {
            kind: 'notify',
            priority: 100,
            matches: [{ variable: 'system', pattern: 'CARP' }],
            directives: [{ name: 'media-type', value: 'ethernet' }],
            actions: ['a $subsystem', 'b'],
            line: 15,
          },
        ],
      },
    });
  });

  // As measured: transcripts/09-errors.txt.
  it('refuses what stopped devd, in its words', () => {
    const result = parseDevdConf('notify 10 { match "system" "CARP" action "true"; };\n');
    expect(result).toMatchObject({ ok: false, line: 1, near: 'action' });
    if (result.ok) return;
    expect(devdMessage('/usr/local/etc/devd/bad.conf', result)).toBe(
      'devd: Cannot parse /usr/local/etc/devd/bad.conf at line 1',
    );
  });

  it.each([
    ['no final semicolon', 'notify 1 { action "a"; }\n', 2],
    ['no inner semicolon', 'notify 1 {\n action "a"\n};\n', 3],
    ['no priority', 'notify { action "a"; };\n', 1],
    ['an empty string', 'notify 1 { action ""; };\n', 1],
    ['single quotes', "notify 1 { action 'true'; };\n", 1],
    ['quotes in a string', 'notify 1 { action "a \\"b\\""; };\n', 1],
    ['an unknown directive', 'notify 1 { when "a"; };\n', 1],
    ['a comment without line feed', 'notify 1 { action "a"; };\n# end', 2],
  ])('refuses %s', (_, text, line) => {
    expect(parseDevdConf(text)).toMatchObject({ ok: false, line });
  });

  it('drops a carriage return, as flex does, and says so', () => {
    const result = parseDevdConf('notify 1 { action "a"; };\r\n');
    expect(result).toMatchObject({ ok: true, warnings: [{ line: 1 }] });
  });

  it('reads back whatever rules are written', () => {
    const string = fc.stringMatching(/^[ -!#-~]{1,12}$/).filter((value) => !value.endsWith('\\'));
    const rule = fc.record({
      kind: fc.constantFrom<DevdRule['kind'][]>('notify', 'attach', 'detach', 'nomatch'),
      priority: fc.nat({ max: 1000 }),
      matches: fc.array(fc.record({ variable: string, pattern: string }), { maxLength: 3 }),
      actions: fc.array(string, { maxLength: 2 }),
    });
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 4 }), (list) => {
        const text = list.map(({ kind, priority, matches, actions }) => {
          const lines = [
            ...matches.map((match) => `match "${match.variable}" "${match.pattern}";`),
            ...actions.map((action) => `action "${action}";`),
          ];
          return `${kind} ${priority} { ${lines.join(' ')} };\n`;
        });
        const wanted = list.map((one, index) => ({ ...one, directives: [], line: index + 1 }));
        expect(rules(text.join(''))).toEqual(wanted);
      }),
    );
  });
});

describe('devdRuleFor', () => {
  const list = rules(`notify 10 { match "system" "CARP"; match "type" "MASTER|BACKUP"; action "first"; };
notify 20 { match "system" "carp"; match "subsystem" "1@vlan0\\.10"; action "second"; };
notify 5 { match "subsystem" "!(usbus|wlan)[0-9]+"; action "third"; };
`);
  const action = (event: Record<string, string>): string | undefined => devdRuleFor(list, event)?.actions[0];

  it('takes the highest priority, whatever the order', () => {
    expect(action({ system: 'CARP', subsystem: '1@vlan0.10', type: 'MASTER' })).toBe('second');
  });

  it('reads a dot that is escaped as a dot', () => {
    expect(action({ system: 'CARP', subsystem: '1@vlan0x10', type: 'MASTER' })).toBe('first');
  });

  it('anchors only the ends of an alternative without parentheses, as devd does', () => {
    expect(action({ system: 'CARP', subsystem: 'x', type: 'xBACKUP' })).toBe('first');
  });

  it('understands !', () => {
    expect(action({ system: 'IFNET', subsystem: 'wlan0' })).toBeUndefined();
    expect(action({ system: 'IFNET', subsystem: 'em0' })).toBe('third');
  });
});
