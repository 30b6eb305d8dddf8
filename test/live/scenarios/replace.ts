import { readFile, writeFile } from 'node:fs/promises';
import { hastconf } from '../hastconf.js';
import type { Live } from '../live.js';
import type { Scenario } from '../types.js';
import { fsyncedFiles, intact } from './moves.js';

const REPLACE_MS = 600_000;
/** A whole disk of zeros on an emulated machine. */
const ZERO_MS = 240_000;

/** The node's data disks are empty, as new ones are; it has no role meanwhile. */
async function newDisks(live: Live, node: string): Promise<void> {
  await live.must(
    node,
    `service carp_hast stop >/dev/null 2>&1
hastctl role init all || exit 1
service hastd onestop >/dev/null 2>&1
for disk in vtbd1 vtbd2 vtbd3; do
	dd if=/dev/zero of=/dev/$disk bs=1m 2>/dev/null
done
fsync /dev/vtbd1 || :
`,
    ZERO_MS,
  );
}

/** What an installation of hastconf leaves; the machine then is one that FreeBSD was just installed on. */
async function emptied(live: Live, node: string): Promise<void> {
  await newDisks(live, node);
  await live.must(
    node,
    `pw userdel hastpeer
rm -rf /etc/hast.conf /usr/local/etc/hastconf /usr/local/etc/devd/hastconf.conf /usr/local/etc/rc.d/carp_hast \\
	/usr/local/sbin/carp-hast-switch /var/db/hastconf /hast
sysrc -x hastd_enable carp_hast_enable ifconfig_vtnet1_alias0 >/dev/null 2>&1
for file in /boot/loader.conf /etc/sysctl.conf /etc/hosts; do
	[ ! -e "$file" ] || sed -i '' '/hastconf/,/hastconf/d' "$file"
done
rm -f /etc/ssh/ssh_host_*
ssh-keygen -A >/dev/null
sync
`,
    ZERO_MS,
  );
}

async function restarted(live: Live, node: string): Promise<void> {
  await live.powerCut(node);
  await live.powerOn(node);
}

/** Runs it twice, and reads everything back from the copy that it made. */
async function replaced(live: Live, node: string, ...words: string[]): Promise<void> {
  const serving = live.other(node);
  await live.measure(`hastconf replace ${words.join(' ')}`, async () => {
    await live.hastconf(['replace', ...words, '-y', '--no-input'], { timeoutMs: REPLACE_MS });
    await live.lines(5, serving);
  });
  await live.settled(serving);
  const { stdout } = await live.hastconf(['replace', ...words, '-y', '--no-input']);
  live.expect(/^Nothing to do/.test(stdout), `a second replace does nothing: ${stdout}`);
}

async function readBack(live: Live, node: string, files: string): Promise<void> {
  await live.move(node);
  await live.settled(node);
  await intact(live, files);
}

/** As a person does who has compared it on the machine: on the line that the message names. */
async function takeNewKey(live: Live, node: string, message: string): Promise<void> {
  const [, file, number] = /in (\S*known_hosts), line (\d+)/.exec(message) ?? [];
  live.expect(file !== undefined, `it says where the old key stands: ${message}`);
  const key = await live.must(node, 'cat /etc/ssh/ssh_host_ed25519_key.pub');
  const lines = (await readFile(file ?? '', 'utf8')).split('\n');
  const at = Number(number) - 1;
  const known = lines[at]?.split(' ')[0] ?? '';
  const renewed = `${known} ${key.split(' ', 2).join(' ')}`;
  await writeFile(file ?? '', lines.toSpliced(at, 1, renewed).join('\n'));
}

async function begin(live: Live): Promise<string> {
  await live.write();
  await live.lines(40, 'hasta');
  return fsyncedFiles(live, 'hasta');
}

export const REPLACE: readonly Scenario[] = [
  {
    name: 'replace-disk',
    group: 'replace',
    title: "the standby's disk is replaced by an empty one",
    from: 'one',
    limitMs: 1_800_000,
    run: async (live) => {
      const files = await begin(live);
      await newDisks(live, 'hastb');
      await restarted(live, 'hastb');
      const refused = await hastconf(['-f', live.clusterFile, 'replace', '--provider', 'hasta:disk0', '-y'], {
        timeoutMs: 120_000,
      });
      live.expect(refused.code === 3, `the copy that serves is not replaced: exit ${refused.code}`);
      await replaced(live, 'hastb', '--provider', 'hastb:disk0');
      await readBack(live, 'hastb', files);
    },
  },
  {
    name: 'replace-node',
    group: 'replace',
    title: 'the standby is replaced by an empty machine with another host key',
    from: 'one',
    limitMs: 1_800_000,
    run: async (live) => {
      const files = await begin(live);
      await emptied(live, 'hastb');
      await restarted(live, 'hastb');
      const changed = await hastconf(['-f', live.clusterFile, 'replace', '--node', 'hastb', '-y'], {
        timeoutMs: 120_000,
      });
      live.expect(changed.code === 4, `another host key is not taken silently: exit ${changed.code}`);
      await takeNewKey(live, 'hastb', changed.stderr);
      await replaced(live, 'hastb', '--node', 'hastb');
      await readBack(live, 'hastb', files);
    },
  },
];
