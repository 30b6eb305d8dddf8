import { Carp, Fresh, Request, Roles } from './codes.js';
import { type Branch, type Copy, newBranch } from './data.js';

/** Times are tenths of a second of the model's clock; NEVER is later than any of them. */
export const NEVER = Number.POSITIVE_INFINITY;

/** What the agent publishes, as `peer status` hands it out. */
export interface Public {
  state: string;
  epoch: number;
  agreed: number;
  roles: number;
  mounts: number;
  carp: number;
  ready: boolean;
  fresh: number;
  met: boolean;
  gone: boolean;
  owed?: boolean;
  time: number;
}

/** db/record. */
export interface Record {
  epoch: number;
  agreed: number;
  peerEpoch: number;
  fresh: number;
  at: number;
}

/** What survives a power cut. */
export class Disk {
  copy: Copy;
  /** Extents that the activity map on disk still names. */
  dirty = false;
  record: Record | null = null;
  maintenance = 0;
  /** db/lone: the primary has lost its secondary, and the record does not say so yet. */
  lone = false;
  /** db/owed: it gave its devices up, cut off from everything; what the peer has acknowledged may not be on its disk. */
  owed = false;
  spoolInsync = -1;
  /** The meeting that it is for. */
  spoolInsyncMeeting = -1;
  spoolReleased: [epoch: number, agreed: number] | null = null;
  spoolDemote = false;
  spoolEqual: [before: number, after: number] | null = null;

  constructor(root: Branch) {
    this.copy = { branch: root, n: 0, torn: false };
  }

  leaveInsync(word: number, meeting: number): void {
    this.spoolInsync = word;
    this.spoolInsyncMeeting = meeting;
  }
}

/** /var/run/hastconf: gone after a boot. Numbers are -1 where there is no file. */
export class Run {
  armed = false;
  served = false;
  met = false;
  diverged = false;
  anew = false;
  rejected = false;
  unblockAgain = false;
  wanted = false;
  lost = -1;
  since = -1;
  hold = -1;
  gave = -1;
  misplaced = -1;
  toldEpoch = -1;
  raised = '';
  badDisk = -1;
  rejectedAt = 0;
  /** Between the roles: a promotion that has not ended. */
  promoting = false;
  toldAt = 0;
  toldMeeting = -1;
  request = Request.none;
  released: [at: number, epoch: number, agreed: number] | null = null;
  hookConnect = false;
  /** Which connection of the peer's hastd this is. */
  meeting = 0;
  hookSplit = false;
  public: Public | null = null;
  /** What was published before, the last first, and when that ended. */
  before: [said: Public | null, until: number][] = [];
}

export type Power = 'off' | 'booting' | 'on' | 'stopping';

/** The work of one process: it hands back how long it waits. */
export type Work = Generator<number, void, void>;

export interface Waiter {
  kind: string;
  until: number;
}

/** One node: what the kernel, hastd and the files on it know. */
export class Machine {
  readonly disk: Disk;
  run = new Run();
  power: Power = 'on';
  bootStage = 0;
  net = true;
  sshd = true;
  hastd = true;
  loop = false;
  role: number = Roles['all-init'];
  mounted = false;
  /** The device under the mount was taken away. */
  broken = false;
  /** A stale copy made primary: hastd reports complete, and every read hangs. */
  hung = false;
  open = false;
  /** What a secondary worker has acknowledged, and its slow disk has not got yet: gone with the worker. */
  pending: Copy | null = null;
  /** What the primary worker was sent since it was forked. */
  writes = 0;
  /** It has counted local errors. */
  diskErrors = false;
  /** Its process. */
  worker = 0;
  carp: number = Carp.BACKUP;
  skew = 240;
  carrier = true;
  witness = true;
  reject = false;
  /** Faults that last until they are repaired. */
  busy = false;
  unmountable = false;
  unattachable = false;
  rolesFail = false;
  slowDisk = false;
  /** The whole machine stands still, as under a hypervisor; its connections stay. */
  frozen = false;
  /** Its worker is stopped (SIGSTOP) until the peer's state is known: how often the outcome was awaited; -1: not. */
  halted = -1;

  /** Who holds the lock, and what it does. */
  work: Work | null = null;
  workKind = '';
  /** Runs when the process that was started has ended, also when its parent was killed. */
  command: (() => void) | null = null;
  orphan: (() => void) | null = null;
  waiters: Waiter[] = [];
  /** Since when it has been writing alone, for writes too young to have been told of. */
  loneSince = NEVER;
  young: Copy | null = null;
  /** The other node was told so. */
  told = false;
  /** What is being said in the background. */
  telling = 0;
  tellingMeeting = 0;
  /** For the reports: the last decision. */
  reason = '';
  splitAlarm = false;

  constructor(
    readonly index: number,
    root: Branch,
  ) {
    this.disk = new Disk(root);
  }

  /** Storage that takes writes: mounted, and the device works. */
  get live(): boolean {
    return this.mounted && !this.broken;
  }

  newRecord(words: Partial<Record>): void {
    this.disk.record = { epoch: 0, agreed: 0, peerEpoch: 0, fresh: Fresh.unknown, at: 0, ...words };
  }
}

export function twoMachines(): [Machine, Machine] {
  const root = newBranch(null, 0);
  return [new Machine(0, root), new Machine(1, root)];
}
