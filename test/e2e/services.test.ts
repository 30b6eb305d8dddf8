import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, NODES, type Pair, startPair } from './lab.js';

const SERVED = `resources:
  disk0: { local: /dev/vtbd1 }
  disk1: { local: /dev/vtbd2 }
storage:
  - { type: ufs, resource: disk0, mountpoint: /hast/disk0 }
  - { type: raw, resource: disk1 }
services:
  - { type: nfs, exports: ["/hast/disk0 -alldirs -network 192.168.50.0/24"] }
  - { type: iscsi, target: "iqn.2026-01.org.example:disk1", resource: disk1 }
  - { type: rc, name: ledger }
  - { type: jail, name: web }
`;

/** Runs where its file is, and says so. */
const LEDGER = `#!/bin/sh
. /etc/rc.subr
name=ledger
rcvar=ledger_enable
start_cmd='test -d /hast/disk0/web && : >/var/run/ledger'
stop_cmd='rm -f /var/run/ledger'
status_cmd='test -e /var/run/ledger'
load_rc_config $name
: "\${ledger_enable:=NO}"
run_rc_command "$1"
`;

/** What runs on a node, one a line. */
const RUNNING = `for one in nfsd mountd ctld ledger; do
  if service $one onestatus >/dev/null 2>&1; then echo $one; fi
done
if jls -j web jid >/dev/null 2>&1; then echo web; fi`;
const ALL = 'nfsd\nmountd\nctld\nledger\nweb\n';

let pair: Pair;
let first: Ended;

beforeAll(async () => {
  pair = await startPair();
  for (const node of NODES) {
    await pair.on(
      node,
      `mkdir -p /usr/local/etc/rc.d && cat >/usr/local/etc/rc.d/ledger <<'END'\n${LEDGER}END\nchmod 755 /usr/local/etc/rc.d/ledger
printf 'path = "/hast/disk0/$name";\\nweb {\\n}\\n' >/etc/jail.conf`,
    );
  }
  await pair.edit((text) =>
    text.replace(/^resources:[\s\S]*/m, SERVED.replace(/ {2}- .*(ledger|web) }\n/g, '')),
  );
  first = await pair.hastconf(['apply', '-y']);
});
afterAll(() => pair.stop());

const lunOn = (node: string) => pair.on(node, 'kldstat -q -m ctl || exit 0; ctladm devlist | tail -n +2');
const hasRun = (node: string, what: string) =>
  pair.on(
    node,
    `left=60; until [ "$({ ${RUNNING}
} | tr '\\n' ' ')" = "${what}" ] || [ $left -eq 0 ]; do left=$((left - 1)); sleep 0.5; done; ${RUNNING}`,
  );

describe('what serves the storage', () => {
  let lun: string;

  it('is set up with the pair, and runs on one node alone', async () => {
    expect(first, first.stderr).toMatchObject({ code: 0 });
    expect(await pair.on('hasta', RUNNING)).toBe('nfsd\nmountd\nctld\n');
    expect(await pair.on('hastb', RUNNING)).toBe('');
    lun = await lunOn('hasta');
    expect(lun).toContain('HASTCONF');
    expect(await lunOn('hastb')).toBe('');
  });

  it('takes more of them while it serves', async () => {
    await pair.on('hasta', 'mkdir /hast/disk0/web');
    await pair.edit((text) => text.replace(/^resources:[\s\S]*/m, SERVED));
    const second = await pair.hastconf(['apply', '-y']);
    expect(second, second.stderr).toMatchObject({ code: 0 });
    expect(await pair.on('hasta', RUNNING)).toBe(ALL);
    const again = await pair.hastconf(['plan', '--detailed-exitcode']);
    expect(again, again.stdout).toMatchObject({ code: 0 });
  });

  it('moves with it, the LUN under the same names', async () => {
    const moved = await pair.hastconf(['switchover', '-y']);
    expect(moved, moved.stderr).toMatchObject({ code: 0 });
    expect(await hasRun('hastb', 'nfsd mountd ctld ledger web ')).toBe(ALL);
    expect(await pair.on('hasta', RUNNING)).toBe('');
    expect(await lunOn('hastb')).toBe(lun);
    expect(await lunOn('hasta')).toBe('');
  });

  it('is missed where it does not run', async () => {
    await pair.on('hastb', 'carp-hast-switch maintenance on 600 && service ctld onestop');
    const { stdout } = await pair.hastconf(['status', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      problems: expect.arrayContaining([expect.objectContaining({ id: 'service-stopped', node: 'hastb' })]),
    });
    await pair.on('hastb', 'carp-hast-switch maintenance off');
    expect(await hasRun('hastb', 'nfsd mountd ctld ledger web ')).toBe(ALL);
  });

  it('goes on after a power cut, on the other node', async () => {
    await pair.on('hasta', 'until carp-hast-switch status | grep -q ": standby"; do sleep 1; done');
    await pair.lab.fault('power-cut', ['hastb']);
    expect(await hasRun('hasta', 'nfsd mountd ctld ledger web ')).toBe(ALL);
    expect(await lunOn('hasta')).toBe(lun);
  });
});
