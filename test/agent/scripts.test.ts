import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { commandsOf } from './commands.js';
import { AGENT, AGENT_DIR, FakeNode, renderConfig, shellcheck, VIEW } from './node.js';

const node = new FakeNode();
afterAll(() => node.remove());

const EVERYTHING = {
  ...VIEW,
  cluster: "it's $(odd) `x`",
  witness: ['192.168.50.1', '192.168.50.2'],
  resources: ['disk0', 'disk1', 'vol0'],
  storage: [
    { type: 'ufs', resource: 'disk0', mountpoint: '/hast/with space' },
    { type: 'zfs', pool: 'failover', layout: 'mirror', resources: ['disk1', 'vol0'] },
    { type: 'raw', resource: 'vol0' },
  ],
  services: [
    ['nfs', '/hast/disk0 -network 192.168.50.0/24', '/b'],
    ['iscsi', 'iqn.2026-01.org.example:disk0', '/dev/hast/vol0'],
    ['samba', 'data', '/failover/data'],
    ['rc', 'postgresql', '300', '20'],
  ],
};

describe('shellcheck -s sh finds nothing', () => {
  test.each([AGENT, join(AGENT_DIR, 'carp_hast')])(
    '%s',
    (path) => {
      expect(shellcheck(path)).toBe('');
    },
    120_000,
  );

  test('agent.conf, rendered', () => {
    node.set('agent.conf', renderConfig({ ...EVERYTHING, cluster: "it's" }));
    expect(shellcheck(join(node.dir, 'agent.conf'))).toBe('');
  });
});

test('agent.conf arrives in the agent as it was meant', async () => {
  node.set('etc/agent.conf', renderConfig(EVERYTHING));
  const result = await node.run(
    'load_config; printf "%s|" "$cluster" "$witnesses" "$resources" "$storage" "$services"',
  );
  expect(result.stdout.split('|')).toEqual([
    "it's $(odd) `x`",
    ' 192.168.50.1 192.168.50.2',
    ' disk0 disk1 vol0',
    'ufs disk0 /hast/with space\nzfs failover mirror disk1 vol0\nraw vol0\n',
    'nfs /hast/disk0 -network 192.168.50.0/24 /b\niscsi iqn.2026-01.org.example:disk0 /dev/hast/vol0\nsamba data /failover/data\nrc postgresql 300 20\n',
    '',
  ]);
});

/** Programs of FreeBSD's base system that the agent may run; each is there in 10.3 as in 15. */
const BASE = new Set(
  `cat chmod ctladm daemon date dd env fsck_ufs fsync fuser hastctl head ifconfig jail jls kldload kldstat ln lockf logger
  mkdir mkfifo mount mv ping ping6 pkill ps reboot rm route service sleep ssh sysctl timeout tr umount zfs zpool`.split(
    /\s+/,
  ),
);
const SHELL = new Set(
  `if then else elif fi case esac while until for do done in { } [ : . break continue return exit trap set shift
  read echo printf export umask command kill wait local true false cd pwd !`.split(/\s+/),
);

test('runs nothing but the shell, its own functions and the base system', () => {
  const script = readFileSync(AGENT, 'utf8');
  const own = new Set([...script.matchAll(/^([a-z_0-9]+)\(\)/gm)].map((match) => match[1]));
  const used = commandsOf(script);
  // The reading finds what is certainly there; otherwise it proves nothing.
  for (const name of ['hastctl', 'route', 'fuser', 'zpool', 'sysctl', 'lockf']) expect(used).toContain(name);
  const strange = [...used].filter((name) => !BASE.has(name) && !SHELL.has(name) && !own.has(name));
  // Variables: the agent itself under lockf, a bounded command's words, the fence program.
  expect(strange.filter((name) => !name.startsWith('$'))).toEqual([]);
});

test('uses nothing that only other shells or GNU tools have', () => {
  const script = readFileSync(AGENT, 'utf8').replace(/^\s*#.*$/gm, '');
  const absent: [string, RegExp][] = [
    ['[[ ]]', /\[\[ /],
    ['<( )', /<\(/],
    ['$(( )) with ** or ++', /\$\(\([^)]*(\*\*|\+\+)/],
    ['${x//} or ${x:n}', /\$\{[a-z_]+(\/|:[0-9])/],
    ['local', /\blocal [a-z_]+=/],
    ['long GNU options', /(?<![$"])\s--(?!force|json|metrics|foreground)[a-z]+/],
    ['/proc', /\/proc\b/],
    ['bash, flock, awk, sed, grep', /\b(bash|flock|awk|sed|grep|stat|mktemp)\b/],
    ['hastctl create', /hastctl create/],
  ];
  expect(absent.filter(([, pattern]) => pattern.test(script)).map(([name]) => name)).toEqual([]);
});

describe('the README tells of', () => {
  const readme = readFileSync(join(AGENT_DIR, '../../README.md'), 'utf8').split('## The agent')[1] ?? '';
  const script = readFileSync(AGENT, 'utf8');
  const told = (words: Iterable<string>) => [...words].filter((word) => !readme.includes(`\`${word}\``));

  test('every field of status --json', async () => {
    const { stdout } = await node.run('main status --json');
    expect(told(Object.keys(JSON.parse(stdout)))).toEqual([]);
  });

  test('every alarm', () => {
    const raised = [...script.matchAll(/(?:alarm_if|alarm_when|raise_alarm) "?([a-z-]+)/g)].map(
      (match) => match[1] ?? '',
    );
    const reasons = /for ca_reason in ([^;]*);/.exec(script)?.[1]?.split(/[\s\\]+/) ?? [];
    const alarms = new Set([...raised, ...reasons].filter((word) => word !== ''));
    expect(alarms.size).toBeGreaterThan(15);
    expect(told(alarms)).toEqual([]);
  });

  test('what programs get', () => {
    expect(told(new Set(script.match(/HASTCONF_[A-Z]+(?==)/g)))).toEqual([]);
  });
});
