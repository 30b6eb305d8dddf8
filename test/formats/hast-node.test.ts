import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readHastConf } from '../../src/formats/hast-node.js';

/** The machine of transcripts/08-facts.txt. */
const HASTA = {
  hostname: 'hasta',
  hostuuid: 'f0fcee35-56b7-426d-86f7-6df55d5a877c',
  hostid: '3365214495',
};

describe('readHastConf', () => {
  it('agrees with hastctl on every file of the measured session', () => {
    const session = readFileSync(new URL('../facts/transcripts/09-errors.txt', import.meta.url), 'utf8');
    const command = session.split('\n').find((line) => line.includes('hastctl create nosuch'))!;
    const files = [...command.matchAll(/printf "((?:[^"\\]|\\.)*)" > \/tmp\/x\.conf/g)].map((match) =>
      match[1]!.replaceAll('\\n', '\n').replaceAll('\\"', '"'),
    );
    const answers = files.map((text) => {
      const result = readHastConf(text, HASTA);
      return result.ok ? 'valid' : `[ERROR] ${result.error}`;
    });
    expect(answers).toHaveLength(4);
    expect(answers[1]).toBe('valid');
    for (const answer of answers.filter((text) => text !== 'valid'))
      expect(session.split('\n')).toContain(answer);
  });

  it.each([
    ['hasta.example.org', 'hasta.example.org'],
    ['hasta', 'hasta.example.org'],
    ['F0FCEE35-56B7-426D-86F7-6DF55D5A877C', 'x'],
    ['hostid3365214495', 'x'],
  ])('on %s means the host %s', (name, hostname) => {
    const text = `resource r { on ${name} { local /dev/da0 remote 10.0.0.2 } }\n`;
    expect(readHastConf(text, { ...HASTA, hostname }).ok).toBe(true);
  });

  it('offers the short name first', () => {
    const result = readHastConf('resource r { }\n', { ...HASTA, hostname: 'hasta.example.org' });
    expect(result).toMatchObject({
      error: expect.stringContaining('(acceptable node names: hasta, hasta.example.org, f0'),
    });
  });

  it('applies every matching section, the last value wins', () => {
    const text = `timeout 5
resource r {
  local /dev/da0
  timeout 7
  on hasta { remote 10.0.0.2 source 10.0.0.1 }
  on hostid3365214495 { remote 10.0.0.3 }
  on other { remote 10.0.0.9 local /dev/da9 }
}
`;
    expect(readHastConf(text, HASTA)).toEqual({
      ok: true,
      resources: [
        {
          name: 'r',
          provname: 'r',
          local: '/dev/da0',
          remote: '10.0.0.3',
          source: '10.0.0.1',
          replication: 'memsync',
          checksum: 'none',
          compression: 'hole',
          timeout: 7,
          metaflush: true,
        },
      ],
    });
  });

  it('tells the first mistake of the file, of whichever kind', () => {
    const noSection = 'resource a { }\n';
    expect(readHastConf(`${noSection}nonsense\n`, HASTA)).toMatchObject({
      error: expect.stringContaining('No resource a'),
    });
    expect(readHastConf(`nonsense\n${noSection}`, HASTA)).toMatchObject({
      error: expect.stringContaining('syntax error'),
    });
  });

  it('wants a provider', () => {
    expect(readHastConf('resource r { on hasta { remote 10.0.0.2 } }\n', HASTA)).toEqual({
      ok: false,
      error: 'Path to local component not configured for resource r.',
    });
  });
});
