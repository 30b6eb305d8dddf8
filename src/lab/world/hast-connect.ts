import { randomId, randomPort } from './core.js';
import { parseRemote } from './hast-conf.js';
import {
  extentCount,
  type HastMetadata,
  type HastRole,
  readBitmap,
  writeBitmap,
  writeMetadata,
} from './hast-metadata.js';
import type { HastResource } from './hast-resource.js';
import { Session } from './hast-session.js';
import type { Worker } from './hast-worker.js';
import { reach } from './network.js';

/** One attempt of a primary worker to reach its secondary. It blocks as long as hastd's would. */
export async function connectOnce(resource: HastResource, worker: Worker): Promise<void> {
  const peer = await openConnection(resource, worker);
  if (peer === undefined || worker.life.signal.aborted) return;
  if (peer.role !== 'secondary') {
    await negotiateWithPrimary(resource, worker, peer);
    return;
  }
  if (peer.worker !== undefined) {
    const old = peer.worker;
    old.session?.end('replaced');
    if (peer.worker === old) peer.exited(old.pid, 75);
  }
  await resource.machine.sleep(150);
  const other = await peer.forkSecondary();
  if (other === undefined || worker.life.signal.aborted) return;
  const agreed = await handshake(resource, worker, peer, other);
  if (!agreed) return;
  await announceSecondConnection(resource, peer);
  const session = new Session(resource, worker, peer, other);
  worker.session = session;
  other.session = session;
  session.start();
}

/** TCP connection to the peer's hastd, and the peer's resource; undefined: failed, and why is logged. */
async function openConnection(resource: HastResource, worker: Worker): Promise<HastResource | undefined> {
  const { machine, conf } = resource;
  const remote = parseRemote(conf.remote);
  if (conf.remote === 'none' || remote === undefined) return undefined;
  const complain = (why: string): undefined => {
    resource.log('warning', `Unable to connect to ${conf.remote}: ${why}.`, worker.pid);
    return undefined;
  };
  const sent = reach(machine, remote.host);
  if (sent.reach === 'no-route' || sent.reach === 'refused-by-route') return complain('No route to host');
  if (sent.reach === 'silent' || sent.peer === undefined) {
    await machine.sleep(conf.timeout * 1000);
    return complain('Operation timed out');
  }
  const other = sent.peer.hastd;
  if (!other.running) return complain('Connection refused');
  const own = conf.source === undefined ? undefined : parseRemote(conf.source)?.host;
  const from =
    own ?? machine.interfaces.towards(remote.host)?.addresses.find((a) => a.vhid === undefined)?.address;
  return other.accept(resource.name, from ?? '', remote.host, remote.port);
}

/** The peer is not secondary: refused; while it is primary a starting primary waits, I/O blocked. */
async function negotiateWithPrimary(
  resource: HastResource,
  worker: Worker,
  peer: HastResource,
): Promise<void> {
  const role = (): HastRole => peer.role;
  if (role() !== 'primary' || !worker.blocked.closed) return;
  const { machine, conf } = resource;
  for (let waited = 0; waited < conf.timeout && !worker.life.signal.aborted; waited++) {
    await machine.sleep(1000);
    if (role() === 'secondary') {
      await connectOnce(resource, worker);
      return;
    }
    if (reach(machine, parseRemote(conf.remote)?.host ?? '').reach !== 'answered') return;
  }
}

async function announceSecondConnection(resource: HastResource, peer: HastResource): Promise<void> {
  const remote = parseRemote(resource.conf.remote);
  const own = parseRemote(peer.conf.remote)?.host ?? '';
  peer.hastd.logConnection(own, randomPort(), remote?.host ?? '', remote?.port ?? 8457);
  await resource.machine.sleep(50);
}

/** hastd's second handshake (freebsd-facts §3); false when the two cannot work together. */
async function handshake(
  _resource: HastResource,
  worker: Worker,
  peer: HastResource,
  other: Worker,
): Promise<boolean> {
  const a = worker.metadata;
  const b = other.metadata;
  if (a.datasize !== b.datasize || a.extentsize !== b.extentsize) {
    endSecondary(peer, other, 75);
    return false;
  }
  let virgin = false;
  if (a.resuid === 0n) {
    a.resuid = randomId();
    virgin = true;
    await writeMetadata(worker.disk, a);
  }
  if (b.resuid !== 0n && b.resuid !== a.resuid) {
    endSecondary(peer, other, 78);
    return false;
  }
  const verdict = await compare(a, b, virgin, other);
  if (verdict === 'split-brain') {
    peer.hook('split-brain');
    endSecondary(peer, other, 78);
    return false;
  }
  worker.peerLocalcnt = b.localcnt;
  worker.peerRemotecnt = b.remotecnt;
  if (verdict.fresh && a.localcnt === 0) a.localcnt = virgin ? 0 : 1;
  await writeMetadata(worker.disk, a);
  if (verdict.source === 'secondary') {
    // Seen live (measured §3.1): complete, nothing dirty, and requests that never end.
    worker.hung = true;
    worker.dirty.clear();
    a.localcnt = b.remotecnt;
    a.remotecnt = b.localcnt;
    await writeMetadata(worker.disk, a);
    return true;
  }
  for (const extent of verdict.map) worker.dirty.add(extent);
  await writeBitmap(worker.disk, a, worker.dirty);
  return true;
}

function endSecondary(peer: HastResource, worker: Worker, code: number): void {
  peer.machine.later(50, () => peer.exited(worker.pid, code));
}

interface Verdict {
  source: 'primary' | 'secondary';
  /** The secondary had been created anew. */
  fresh: boolean;
  map: Iterable<number>;
}

/** Who is ahead, by hastd's own comparison, blind spots included. */
async function compare(
  a: HastMetadata,
  b: HastMetadata,
  virgin: boolean,
  other: Worker,
): Promise<Verdict | 'split-brain'> {
  if (b.resuid === 0n) {
    b.resuid = a.resuid;
    await writeMetadata(other.disk, b);
    const all = Array.from({ length: extentCount(a) }, (_, index) => index);
    return { source: 'primary', fresh: true, map: virgin ? [] : all };
  }
  const secondaryAhead = b.localcnt > a.remotecnt;
  const primaryAhead = a.localcnt > b.remotecnt;
  if (secondaryAhead && primaryAhead) return 'split-brain';
  const map = await readBitmap(other.disk, b);
  if (secondaryAhead) return { source: 'secondary', fresh: false, map };
  await writeBitmap(other.disk, b, []);
  return { source: 'primary', fresh: false, map };
}
