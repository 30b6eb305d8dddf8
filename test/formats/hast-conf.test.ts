import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseHastConf } from '../../src/formats/hast-conf.js';
import type { HastConf, HastNodeSection, HastSettings } from '../../src/formats/hast-types.js';
import { HAST_RESERVED } from '../../src/spec/words.js';

function parsed(text: string): HastConf {
  const result = parseHastConf(text);
  if (!result.ok) throw new Error(result.error);
  return result.config;
}

function error(text: string): string {
  const result = parseHastConf(text);
  return result.ok ? 'accepted' : result.error;
}

describe('parseHastConf', () => {
  it('reads everything that hast.conf(5) knows', () => {
    const config = parsed(`# comment
control /var/run/hastctl
pidfile /var/run/hastd.pid listen tcp4://0.0.0.0:8457
listen tcp6://[::]:8457
replication async checksum crc32 compression lzf timeout 20
exec /usr/local/sbin/x
metaflush off
on hasta { listen tcp4://10.77.0.1 }
resource shared {
  name dev0
  local /dev/da0
  replication fullsync
  on hasta { remote tcp4://10.77.0.2 source tcp4://10.77.0.1 metaflush on }
  on hastb { local /dev/da1 remote none }
}
`);
    expect(config).toEqual({
      settings: {
        replication: 'async',
        checksum: 'crc32',
        compression: 'lzf',
        timeout: 20,
        exec: '/usr/local/sbin/x',
        metaflush: false,
      },
      daemon: {
        control: '/var/run/hastctl',
        pidfile: '/var/run/hastd.pid',
        listen: ['tcp4://0.0.0.0:8457', 'tcp6://[::]:8457'],
      },
      nodes: [{ node: 'hasta', listen: ['tcp4://10.77.0.1'] }],
      resources: [
        {
          name: 'shared',
          provname: 'dev0',
          local: '/dev/da0',
          settings: { replication: 'fullsync' },
          nodes: [
            { node: 'hasta', remote: 'tcp4://10.77.0.2', source: 'tcp4://10.77.0.1', metaflush: true },
            { node: 'hastb', local: '/dev/da1', remote: null },
          ],
        },
      ],
    });
  });

  // As measured: transcripts/09-errors.txt.
  it('says what hastctl said about a missing brace, counting lines from 0', () => {
    expect(error('resource disk0 \n on hasta {\n')).toBe(
      "Unable to parse configuration file at line 1 near 'on': syntax error",
    );
  });

  it('drops quotes as hastctl does, and says so', () => {
    const result = parseHastConf(
      'resource "disk0" {\n on hasta {\n local /dev/vtbd1\n remote 10.77.0.2\n }\n}\n',
    );
    expect(result).toMatchObject({ ok: true, config: { resources: [{ name: 'disk0' }] } });
    expect(result.warnings).toEqual([
      { line: 0, message: '"\\"" belongs to no word and is dropped' },
      { line: 0, message: '"\\"" belongs to no word and is dropped' },
    ]);
  });

  it.each([
    ['a+b becomes two words', 'control a+b\n', "at line 0 near 'b'"],
    ['digits only are a number', 'resource 1 {}\n', "near '1'"],
    ['digits only are no node', 'on 123 {}\n', "near '123'"],
    ['reserved words are no names', 'resource local {}\n', "near 'local'"],
    ['remote stands only in a resource', 'on a { remote b }\n', "near 'remote'"],
    ['source takes no none', 'resource r { on a { source none } }\n', "near 'none'"],
    ['a word is no mode', 'replication fast\n', "near 'fast'"],
    ['the end comes too early', 'resource r {\n', "at line 1 near ''"],
    ['a resource twice', 'resource r { }\nresource r { }\n', 'Resource r configured more than once.'],
    ['no timeout', 'timeout 0\n', 'Negative or zero timeout.'],
    ['a negative timeout is a word', 'timeout -1\n', "near '-1'"],
    ['a long resource name', `resource ${'r'.repeat(255)} { }\n`, 'Resource name is too long.'],
    ['a long path', `exec /${'x'.repeat(1023)}\n`, 'Exec path is too long.'],
    ['a long address', `listen ${'x'.repeat(1024)}\n`, 'listen argument is too long.'],
  ])('%s', (_, text, message) => {
    expect(error(text)).toContain(message);
  });

  it('takes 1a, [v6]:port and port as words', () => {
    expect(parsed('resource 1a { on port { remote tcp6://[fd00::1]:8457 } }\n').resources[0]).toMatchObject({
      name: '1a',
      nodes: [{ node: 'port', remote: 'tcp6://[fd00::1]:8457' }],
    });
  });

  it('reads a comment on an unterminated last line as configuration', () => {
    expect(parsed('timeout 5 # seconds\n').settings).toEqual({ timeout: 5 });
    expect(error('timeout 5 # seconds')).toContain("near 'seconds'");
    const harmless = parseHastConf('timeout 5\n# timeout 7');
    expect(harmless).toMatchObject({ ok: true, config: { settings: { timeout: 7 } } });
    expect(harmless.warnings).toHaveLength(1);
  });

  it('reads back whatever is written in its grammar', () => {
    fc.assert(
      fc.property(conf, fc.constantFrom(' ', '\n', '\t', ' # note\n'), (config, gap) => {
        expect(parsed(print(config).join(gap).concat('\n'))).toEqual(config);
      }),
    );
  });

  it('answers every text with a configuration or an error', () => {
    const bytes = fc.string({ unit: fc.constantFrom(...'resource on{}#\n" 1a/;é'), maxLength: 60 });
    fc.assert(
      fc.property(fc.oneof(fc.string(), bytes), (text) => {
        const result = parseHastConf(text);
        expect(result.ok || result.error.length > 0).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

const name = fc
  .stringMatching(/^[A-Za-z0-9._/:[\]-]{1,8}$/)
  .filter((value) => !/^\d+$/.test(value) && !(HAST_RESERVED.has(value) && value !== 'port'));
const settings: fc.Arbitrary<HastSettings> = fc.record(
  {
    replication: fc.constantFrom('fullsync', 'memsync', 'async'),
    checksum: fc.constantFrom('none', 'crc32', 'sha256'),
    compression: fc.constantFrom('none', 'hole', 'lzf'),
    timeout: fc.integer({ min: 1, max: 1000 }),
    exec: name,
    metaflush: fc.boolean(),
  },
  { requiredKeys: [] },
);
const section: fc.Arbitrary<HastNodeSection> = fc.record(
  {
    node: name,
    provname: name,
    local: name,
    remote: fc.option(name),
    source: name,
    metaflush: fc.boolean(),
  },
  { requiredKeys: ['node'] },
);
const conf: fc.Arbitrary<HastConf> = fc.record({
  settings,
  daemon: fc.record(
    { control: name, pidfile: name, listen: fc.array(name, { maxLength: 2 }) },
    { requiredKeys: ['listen'] },
  ),
  nodes: fc.array(fc.record({ node: name, listen: fc.array(name, { maxLength: 2 }) }), { maxLength: 2 }),
  resources: fc.uniqueArray(
    fc.record(
      { name, provname: name, local: name, settings, nodes: fc.array(section, { maxLength: 3 }) },
      { requiredKeys: ['name', 'settings', 'nodes'] },
    ),
    { maxLength: 3, selector: (resource) => resource.name },
  ),
});

/** The words of a configuration, in an order that the grammar allows. */
function print(config: HastConf): string[] {
  const pairs = (values: object): string[] =>
    Object.entries(values).flatMap(([key, value]) => {
      if (key === 'node' || key === 'settings' || key === 'nodes') return [];
      if (key === 'listen') return (value as string[]).flatMap((address) => ['listen', address]);
      const text = key === 'metaflush' ? (value ? 'on' : 'off') : value === null ? 'none' : String(value);
      return [key === 'provname' ? 'name' : key, text];
    });
  return [
    ...pairs(config.settings),
    ...pairs(config.daemon),
    ...config.nodes.flatMap((node) => ['on', node.node, '{', ...pairs(node), '}']),
    ...config.resources.flatMap(({ name: resource, settings: own, nodes, ...rest }) => [
      ...['resource', resource, '{', ...pairs(rest), ...pairs(own)],
      ...nodes.flatMap((node) => ['on', node.node, '{', ...pairs(node), '}']),
      '}',
    ]),
  ];
}
