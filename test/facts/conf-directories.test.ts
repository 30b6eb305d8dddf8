import { afterEach, describe, expect, it } from 'vitest';
import { gather } from '../../src/facts/gather.js';
import { factsScript } from '../../src/facts/script.js';
import { FakeNode } from './fake-node.js';
import { files, programsWith, request } from './hasta.js';
import { lint } from './shell.js';

const made: FakeNode[] = [];
afterEach(async () => {
  await Promise.all(made.splice(0).map((node) => node.remove()));
});

const stat = (path: string, size: number) => ({
  [`-L -f %Su %Sg %Lp %z ${path}`]: `root wheel 644 ${size}\n`,
});

describe('directories of configuration', () => {
  const asked = { ...request, confDirectories: ['/etc/devd', '/usr/local/etc/devd', '/var/db/nosuch'] };

  it('brings every *.conf under its own name, beside the requested files', async () => {
    const node = await FakeNode.create(
      programsWith({
        stat: {
          ...stat('/etc/devd/zfs.conf', 4),
          ...stat('/usr/local/etc/devd/a b.conf', 4),
          ...stat('/usr/local/etc/devd/carp.conf', 5),
        },
      }),
      {
        ...files,
        '/etc/devd/zfs.conf': 'zfs\n',
        '/etc/devd/README': 'not configuration\n',
        '/usr/local/etc/devd/a b.conf': 'a b\n',
        '/usr/local/etc/devd/carp.conf': 'carp\n',
      },
    );
    made.push(node);
    const facts = await gather(node.target('hasta'), asked);
    expect(facts.files['/etc/devd/zfs.conf']).toEqual({
      content: 'zfs\n',
      owner: 'root',
      group: 'wheel',
      mode: 0o644,
    });
    expect(facts.files['/usr/local/etc/devd/a b.conf']?.content).toBe('a b\n');
    expect(facts.files['/usr/local/etc/devd/carp.conf']?.content).toBe('carp\n');
    expect(facts.files['/etc/hosts']?.content).toBeDefined();
    expect(Object.keys(facts.files).filter((path) => /README|nosuch|\*/.test(path))).toEqual([]);
  });

  it('is clean for sh -n and shellcheck, and absent when nobody asks', async () => {
    const hostile = { ...request, confDirectories: ["/etc/devd'; touch pwned; echo '"] };
    expect(await lint(factsScript(hostile, 'abc123'))).toBe('');
    expect(factsScript(request, 'abc123')).not.toContain('conf_facts');
  });
});
