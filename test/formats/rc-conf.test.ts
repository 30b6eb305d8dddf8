import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quoteRcValue, setRcVariables } from '../../src/formats/rc-conf.js';

const RC_CONF = `# the machine
hostname="hasta"
hastd_enable="NO"	# until the disks are there
ifconfig_vtnet1="inet 192.168.50.11/24"
hastd_enable="NO"
`;

describe('setRcVariables', () => {
  it('replaces the last assignment where it stands and keeps everything else', () => {
    expect(setRcVariables(RC_CONF, [{ name: 'hastd_enable', value: 'YES' }])).toBe(
      RC_CONF.replace(/hastd_enable="NO"\n$/, 'hastd_enable="YES"\n'),
    );
  });

  it('keeps a trailing comment', () => {
    const line = 'hastd_enable="NO"  # later\n';
    expect(setRcVariables(line, [{ name: 'hastd_enable', value: 'YES' }])).toBe(
      'hastd_enable="YES"  # later\n',
    );
  });

  it('appends what is missing, also after a last line without its line feed', () => {
    expect(setRcVariables('a="1"', [{ name: 'b', value: '2' }])).toBe('a="1"\nb="2"\n');
    expect(setRcVariables('', [{ name: 'b', value: '2' }])).toBe('b="2"\n');
  });

  it('does not take a longer name for the variable', () => {
    const text = 'hastd_enable_not="x"\n';
    expect(setRcVariables(text, [{ name: 'hastd_enable', value: 'YES' }])).toBe(
      `${text}hastd_enable="YES"\n`,
    );
  });

  it('refuses a line break, which no assignment can carry safely', () => {
    expect(() => quoteRcValue('a\nreboot')).toThrow('line break');
  });

  it('gives sh the very value back, whatever it holds', () => {
    const value = fc.string({ maxLength: 30 }).filter((text) => !/[\n\r\0]/.test(text));
    fc.assert(
      fc.property(value, (text) => {
        const script = `${setRcVariables('', [{ name: 'v', value: text }])}printf %s "$v"`;
        expect(execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' })).toBe(text);
      }),
      { numRuns: 60 },
    );
  });

  it('changes nothing the second time', () => {
    const once = setRcVariables(RC_CONF, [{ name: 'x', value: '$(reboot)' }]);
    expect(setRcVariables(once, [{ name: 'x', value: '$(reboot)' }])).toBe(once);
  });
});
