import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeNode } from './node.js';

const TRANSCRIPTS = join(import.meta.dirname, '../facts/transcripts');

/** Output of the nth `[node]# command` block that starts so. */
function output(file: string, prompt: string, nth = 0): string {
  const blocks = readFileSync(join(TRANSCRIPTS, file), 'utf8').split(/^(?=\[hast[ab]\]# )/m);
  const block = blocks.filter((candidate) => candidate.startsWith(prompt))[nth];
  if (block === undefined) throw new Error(`${file} has no ${prompt}`);
  return block.replace(/^.*\n/, '').replace(/^\(exit [0-9]+\)\n/m, '');
}

let node: FakeNode;
beforeEach(() => {
  node = new FakeNode();
});
afterEach(() => node.remove());

async function hast(text: string, resources = 'disk0'): Promise<string> {
  node.set('list', text);
  const script = `resources='${resources}'; parse_hast "$(cat $FAKE/list)"; echo "$o_roles $o_link $o_dirty $o_errors"`;
  return (await node.run(script)).stdout.trim();
}

describe('hastctl list', () => {
  test('init', async () => {
    expect(await hast(output('01-first-setup.txt', '[hasta]# hastctl list disk0'))).toBe('all-init none 0 0');
  });

  test('secondary without and with a connection', async () => {
    expect(await hast(output('01-first-setup.txt', '[hastb]# hastctl list'))).toBe('all-secondary none 0 0');
    const connected = output('01-first-setup.txt', '[hastb]# hastctl status; hastctl list');
    expect(await hast(connected)).toBe('all-secondary connected 0 0');
  });

  test('primary in sync; the table before the list does not confuse it', async () => {
    const text = output('01-first-setup.txt', '[hasta]# date; hastctl role primary disk0');
    expect(await hast(text.slice(text.lastIndexOf('disk0:')))).toBe('all-primary insync 0 0');
  });

  const list = (name: string, role: string, status: string, dirty: number, errors = 0) =>
    `${name}:\n  role: ${role}\n  keepdirty: 64\n${status && `  status: ${status}\n`}  dirty: ${dirty} (0B)\n  statistics:\n    local errors: read: ${errors}, write: 1, delete: 0, flush: 0\n`;

  test('keepdirty is not dirty; complete with dirty bytes is not in sync', async () => {
    expect(await hast(list('disk0', 'primary', 'complete', 4194304))).toBe('all-primary syncing 4194304 1');
    expect(await hast(list('disk0', 'primary', 'degraded', 0, 2))).toBe('all-primary degraded 0 3');
  });

  test('several resources, and resources of somebody else', async () => {
    const two =
      list('a', 'primary', 'complete', 0) + list('b', 'secondary', '', 0) + list('x', 'init', '', 0);
    expect(await hast(two, 'a b')).toBe('mixed degraded 0 2');
    expect(await hast(two, 'a')).toBe('all-primary insync 0 1');
    expect(await hast(two, 'b x')).toBe('all-init none 0 2');
  });

  test('a resource that hastd does not know has no role', async () => {
    expect(await hast(list('a', 'primary', 'complete', 0), 'a b')).toBe('mixed degraded 0 1');
  });

  test('8.2 printed bare bytes', async () => {
    expect(await hast('disk0:\n  role: primary\n  status: degraded\n  dirty: 1234 bytes\n')).toBe(
      'all-primary degraded 1234 0',
    );
  });

  test('a hastd that does not answer', async () => {
    node.unset('hastd');
    expect((await node.run('load_config; look_hast; echo "$o_roles"')).stdout).toBe('no-hastd\n');
  });
});

describe('ifconfig', () => {
  async function carp(text: string, vhid = 1): Promise<string> {
    node.set('if', text);
    const script = `ifconfig() { cat "$FAKE/if"; }; limit() { shift; "$@"; }
carp_interface=vtnet1 carp_vhid=${vhid}; look_carp; echo "$o_carp \${o_skew:--} $o_carrier\${o_unicast:+ $o_unicast}"`;
    return (await node.run(script)).stdout.trim();
  }

  test('13.2', async () => {
    const text = output('03-carp.txt', '[hastb]# kldload carp; ifconfig vtnet1');
    expect(await carp(text)).toBe('BACKUP 100 yes');
    expect(await carp(text, 2)).toBe('none - yes');
  });

  test('no carrier', async () => {
    expect(await carp('\tcarp: INIT vhid 1 advbase 1 advskew 0\n\tstatus: no carrier\n')).toBe('INIT 0 no');
  });

  test('14 adds a line for the peer, and several vhids are several lines', async () => {
    const text =
      '\tcarp: MASTER vhid 3 advbase 1 advskew 0\n\t      peer 224.0.0.18 peer6 ff02::12\n\tcarp: BACKUP vhid 1 advbase 1 advskew 240\n\tstatus: active\n';
    expect(await carp(text)).toBe('BACKUP 240 yes');
    expect(await carp(text, 3)).toBe('MASTER 0 yes');
  });
});

describe('CARP to one peer alone, from FreeBSD 14 on', () => {
  const vhid = (n: number, peer: string, peer6 = 'ff02::12') =>
    `\tcarp: BACKUP vhid ${n} advbase 1 advskew 240\n\t      peer ${peer} peer6 ${peer6}\n`;
  const words = async (text: string) => {
    node.set('if', `${text}\tstatus: active\n`);
    const script = `ifconfig() { [ $# -gt 1 ] && echo "$*" || cat "$FAKE/if"; }; limit() { shift; "$@"; }
carp_interface=vtnet1 carp_vhid=1; look_carp; set_skew 20`;
    return (await node.run(script)).stdout.trim();
  };

  test.each([
    ['multicast', vhid(1, '224.0.0.18'), ''],
    ['a peer', vhid(1, '192.168.50.12'), ' peer 192.168.50.12'],
    ['an IPv6 peer', vhid(1, '224.0.0.18', 'fd00:50::12'), ' peer6 fd00:50::12'],
    ['both', vhid(1, '192.168.50.12', 'fd00:50::12'), ' peer 192.168.50.12 peer6 fd00:50::12'],
    ['the peer of another vhid', vhid(1, '224.0.0.18') + vhid(2, '192.168.50.12'), ''],
    [
      'a peer beside that of another vhid',
      vhid(2, '192.168.50.99') + vhid(1, '192.168.50.12'),
      ' peer 192.168.50.12',
    ],
  ])('a change of advskew names %s', async (_name, text, expected) => {
    expect(await words(text)).toBe(`vtnet1 vhid 1 advskew 20${expected}`);
  });
});

describe('mounts', () => {
  const look = async (): Promise<string> =>
    (
      await node.run('load_config; look_hast; look_mounts; printf "%s" "$o_mounts:$o_attached"')
    ).stdout.trim();

  test('all, none, and a mount whose device was torn away', async () => {
    expect(await look()).toBe('none:');
    node.serving();
    expect(await look()).toBe(`all:${node.mountpoint}`);
    node.unset('dev/disk0');
    expect(await look()).toBe(`some:${node.mountpoint}`);
  });
});

describe('json_string', () => {
  const json = async (text: string): Promise<unknown> => {
    node.set('text', text);
    return JSON.parse((await node.run('text=$(cat "$FAKE/text"; echo .); json_string "${text%.}"')).stdout);
  };

  test('carries everything but bare control characters', async () => {
    expect(await json('plain')).toBe('plain');
    expect(await json('a "b" \\ c\nd\n')).toBe('a "b" \\ c\nd\n');
    expect(await json('tab\there')).toBe('tab here');
    expect(await json('Zürich $(reboot) `x` %s')).toBe('Zürich $(reboot) `x` %s');
  });
});

describe('compare_epochs', () => {
  const rows: [string, string, string][] = [
    ['nothing yet', '0 0 0 0', 'equal'],
    ['in sync', '5 5 5 5', 'equal'],
    ['the word of the sync got lost', '7 6 7 7', 'equal'],
    ['we went on alone', '6 5 5 5', 'ahead'],
    ['the peer took over', '5 5 6 5', 'behind'],
    ['the peer took over after we promoted and were in sync', '7 7 8 7', 'behind'],
    ['as before, and its word got lost', '7 6 8 7', 'behind'],
    ['a new copy', '0 0 9 9', 'behind'],
    ['both went on', '6 5 6 5', 'diverged'],
    ['both went on, one of them twice', '8 5 6 5', 'diverged'],
    ['both went on, seen from the other side', '6 5 8 5', 'diverged'],
  ];
  test.each(rows)('%s: %s', async (_name, numbers, relation) => {
    expect((await node.run(`compare_epochs ${numbers}; echo $relation`)).stdout.trim()).toBe(relation);
  });
});
