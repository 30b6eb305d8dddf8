import type { Live } from '../live.js';
import { clusterFor } from '../states.js';
import type { Scenario } from '../types.js';

/** The third machine: it uses what the pair serves, at the shared address. */
const CLIENT = 'client';
const SHARED = '192.168.50.10';
const MOUNTED = '/mnt/shared';
const STORAGE = '/hast/disk0';
const TARGET = 'iqn.2026-01.org.example:disk1';
/** A grace period of NFS version 4 on top of a fail-over, on a slow machine. */
const PAUSE_MS = 300_000;

/** Services onto the pair that runs, and where they have to run. */
async function serve(live: Live, state: 'one' | 'block', service: Record<string, unknown>): Promise<void> {
  live.clusterFile = await clusterFor(live.machines.clusterFile, {
    state,
    witness: true,
    services: [service],
  });
  await live.hastconf(['apply', '-y', '--no-input'], { timeoutMs: 600_000 });
  await live.settled('hasta');
}

/** mount_nfs waits and tries again by itself: hard is the default, and no lock goes to the server with version 3. */
async function mountNfs(live: Live, version: 3 | 4): Promise<void> {
  const options = version === 3 ? 'nfsv3,tcp,nolockd' : 'nfsv4,minorversion=1,tcp';
  await live.must(
    CLIENT,
    `mkdir -p ${MOUNTED} && mount -t nfs -o ${options} ${SHARED}:${STORAGE} ${MOUNTED}`,
    120_000,
  );
  await live.writeFrom(CLIENT, MOUNTED, { mountpoint: STORAGE, readers: ['hasta', 'hastb'] });
}

/** A file system on the LUN: only the client can read it back. */
async function mountLun(live: Live): Promise<void> {
  await live.must(
    CLIENT,
    `kldload -n iscsi && service iscsid onestart && iscsictl -A -p ${SHARED} -t ${TARGET}`,
    60_000,
  );
  const device = async () => /Connected: *(da\d+)/.exec((await live.sh(CLIENT, 'iscsictl -L')).stdout)?.[1];
  await live.until('the LUN is a disk of the client', 60_000, async () => (await device()) !== undefined);
  const disk = await device();
  await live.must(
    CLIENT,
    `newfs -U /dev/${disk} >/dev/null && mkdir -p ${MOUNTED} && mount /dev/${disk} ${MOUNTED}`,
  );
  await live.writeFrom(CLIENT, MOUNTED, { mountpoint: MOUNTED, readers: [CLIENT] });
}

/** The storage moves, and the client's writer goes on. */
async function move(live: Live, to: string, what = `planned move to ${to}`): Promise<void> {
  await live.measure(what, async () => {
    await live.move(to);
    await live.lines(20, CLIENT, PAUSE_MS);
  });
  await live.settled(to);
}

/** The node loses power and returns; the client goes on through both. */
async function powerCut(live: Live, node: string): Promise<void> {
  const other = live.other(node);
  await live.measure(`power cut of ${node}`, async () => {
    await live.powerCut(node);
    await live.lines(20, CLIENT, PAUSE_MS);
  });
  await live.measure(`${node} returns`, async () => {
    await live.powerOn(node);
    await live.settled(other);
    await live.lines(20, CLIENT);
  });
}

/** A client may be kept waiting, and is told of no error. */
function noErrors(live: Live): void {
  live.note(`errors that the client's writer saw: ${live.evidence.refused}`);
  live.expect(live.evidence.refused === 0, `the client saw ${live.evidence.refused} errors`);
}

const EXPORT = { type: 'nfs', exports: [`${STORAGE} -alldirs -maproot=root -network 192.168.50.0/24`] };

async function nfs3(live: Live): Promise<void> {
  await serve(live, 'one', EXPORT);
  await mountNfs(live, 3);
  await live.lines(40, CLIENT);
  await move(live, 'hastb');
  await move(live, 'hasta', 'planned move back to hasta: its second tenure');
  await powerCut(live, 'hasta');
  noErrors(live);
}

/** A kernel gives a grace period once: the node that has served reboots before it serves again. */
async function nfs4(live: Live): Promise<void> {
  await serve(live, 'one', { ...EXPORT, version: 4 });
  await mountNfs(live, 4);
  await live.lines(40, CLIENT);
  await move(live, 'hastb');
  await live.until('hasta says that it has to reboot', 60_000, async () => {
    return (await live.agent('hasta'))?.alarms.includes('reboot-needed') === true;
  });
  await live.measure('orderly reboot of the standby', async () => {
    await live.shutdown('hasta');
    await live.powerOn('hasta');
    await live.settled('hastb');
  });
  await move(live, 'hasta', 'planned move back to hasta: its second tenure, after a reboot');
  await powerCut(live, 'hasta');
  noErrors(live);
}

/** Without that reboot it still takes over from a dead node: what becomes of the client is noted, not judged. */
async function nfs4Unrebooted(live: Live): Promise<void> {
  await serve(live, 'one', { ...EXPORT, version: 4 });
  await mountNfs(live, 4);
  await live.lines(40, CLIENT);
  await move(live, 'hastb');
  await live.measure('power cut of hastb; hasta serves for the second time since it booted', async () => {
    await live.powerCut('hastb');
    await live.lines(20, CLIENT, PAUSE_MS);
  });
  live.note(`errors that the client's writer saw: ${live.evidence.refused}`);
  await live.powerOn('hastb');
  await live.settled('hasta');
}

async function iscsi(live: Live): Promise<void> {
  await serve(live, 'block', { type: 'iscsi', target: TARGET, resource: 'disk1' });
  await mountLun(live);
  await live.lines(40, CLIENT);
  await move(live, 'hastb');
  await move(live, 'hasta', 'planned move back to hasta: its second tenure');
  await powerCut(live, 'hasta');
  noErrors(live);
  const { stdout } = await live.sh(CLIENT, 'dmesg | grep -c "lost device" || :');
  live.expect(stdout.trim() === '0', `the client never lost its disk: ${stdout.trim()} times`);
}

/** Boots, a set-up and long pauses. */
const LIMIT_MS = 1_800_000;

export const CLIENTS: readonly Scenario[] = [
  {
    name: 'client-nfs3',
    group: 'clients',
    title: 'a client of NFS version 3 goes on through moves, a power cut and a return',
    from: 'one',
    client: true,
    limitMs: LIMIT_MS,
    run: nfs3,
  },
  {
    name: 'client-nfs4',
    group: 'clients',
    title: 'a client of NFS version 4 goes on through moves, a power cut and a return',
    from: 'one',
    client: true,
    limitMs: LIMIT_MS,
    run: nfs4,
  },
  {
    name: 'client-nfs4-unrebooted',
    group: 'clients',
    title: 'NFS version 4 from a node that has served before and was not rebooted',
    from: 'one',
    client: true,
    limitMs: LIMIT_MS,
    run: nfs4Unrebooted,
  },
  {
    name: 'client-iscsi',
    group: 'clients',
    title: "an iSCSI initiator's file system goes on through moves, a power cut and a return",
    from: 'block',
    client: true,
    limitMs: LIMIT_MS,
    run: iscsi,
  },
];
