import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAgentConf, shellWords } from '../../src/formats/agent-conf.js';
import { sh } from '../../src/render/helpers.js';

describe('agent.conf', () => {
  it('gives every word back that hastconf quotes', () => {
    const word = fc.string().filter((text) => !/[\0\r\n]/.test(text));
    fc.assert(
      fc.property(fc.array(word), (words) => {
        expect(shellWords(words.map(sh).join(' '))).toEqual(words);
      }),
    );
  });

  it.each(['a$b', '`reboot`', '"a"', "'open", 'a;b', '$(x)', 'a|b'])('does not expand %s', (text) => {
    expect(shellWords(text)).toBeUndefined();
  });

  it('keeps apart what it does not understand', () => {
    const lines = [
      "settle='2'",
      "carp_vhid=''",
      'settle=$(reboot)',
      "declare_storage zfs 'p' 'draid' 'a'",
      "declare_storage ufs 'a'",
      'declare_service nfs',
      "declare_service ftp 'x' 'y'",
      "declare_witness 'a' 'b'",
      'rm -rf /',
    ];
    const conf = parseAgentConf(`# comment\n\n${lines.join('\n')}\n`);
    expect(conf).toEqual({
      variables: { settle: '2', carp_vhid: '' },
      witnesses: [],
      resources: [],
      storage: [],
      services: [],
      sparse: [],
      unknown: lines.slice(2),
    });
  });
});
