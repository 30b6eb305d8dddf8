/** Files of tests by the short name that {@link COVERAGE} uses. */
export const FILES = {
  power: 'test/histories/power.test.ts',
  planned: 'test/histories/planned.test.ts',
  network: 'test/histories/network.test.ts',
  failures: 'test/histories/failures.test.ts',
  closed: 'test/histories/fail-closed.test.ts',
  zfs: 'test/histories/zfs.test.ts',
  failback: 'test/histories/failback.test.ts',
  hazards: 'test/histories/hazards.test.ts',
  decide: 'test/agent/decide.test.ts',
  reconcile: 'test/agent/reconcile.test.ts',
  verbs: 'test/agent/verbs.test.ts',
  look: 'test/agent/look.test.ts',
  labHast: 'test/lab/world/hast.test.ts',
  labWorld: 'test/lab/world/world.test.ts',
  transcripts: 'test/lab/commands/transcripts.test.ts',
  helpers: 'test/lab/shell/helpers.test.ts',
  csh: 'test/lab/shell/csh.test.ts',
  facts: 'test/facts/hast-list.test.ts',
  gather: 'test/facts/gather.test.ts',
  plan: 'test/plan/plan.test.ts',
  progress: 'test/sync/progress.test.ts',
  preflight: 'test/faults/preflight.test.ts',
} as const;

export type FileName = keyof typeof FILES;

/** What an agent must survive, or what was seen on live machines; and the tests that show that it does. */
export interface Item {
  /** `s`: a failure scenario; `m`: what the hardware allows; `h`: a hazard seen live. */
  id: `${'s' | 'm' | 'h'}${number}`;
  what: string;
  shown: readonly (readonly [FileName, string])[];
}

const item = (id: Item['id'], what: string, ...shown: Item['shown']): Item => ({ id, what, shown });

const POWER_CUT =
  'power cut of the primary: at most CARP’s detection and 2 s; the reject route goes with its return (7, 22)';
const RETURN =
  'the crashed node returns: no interruption, secondary first, fresh only after the synchronisation (19, §3.1, §3.7)';
const SPLIT =
  'a node that is cut off and forced: a split-brain that keeps both copies, until a person gives one up (12, §3.2)';
const BUSY = 'a planned move with ${what} in the mount (4, §3.21)';
const PASSWORDS =
  'different CARP passwords make both MASTER: the standby does not promote and says so (3, §3.20)';
const KILLED_POOLS =
  'hastd is killed under the pools: suspended, they stay imported, so the other node does not import them (5, 6, 14)';

const SCENARIOS: readonly Item[] = [
  item(
    's1',
    'CARP says MASTER and BACKUP in quick succession while a node boots',
    ['power', 'both lose power and boot together: one serves, the other follows (1, 2)'],
    ['network', 'CARP makes the standby MASTER for a moment: nothing moves (1, 17, 18)'],
  ),
  item(
    's2',
    'both nodes get power again, together or one long before the other',
    [
      'power',
      'both lose power; the one that served boots long before the other: it waits, then goes on alone (2)',
    ],
    [
      'power',
      'both were down and only the stale one returns: it stays down and says why, until the other is back (2)',
    ],
    [
      'zfs',
      'both lose power while the second node serves: the preferred one must not need -f for what is the other’s (2)',
    ],
  ),
  item(
    's3',
    'both are MASTER, because the LAN is cut in two or their CARP settings differ',
    ['network', PASSWORDS],
    ['network', 'the replication link goes and later the primary as well: the stale copy stays down (3, 11)'],
  ),
  item(
    's4',
    'something keeps the file system or the pool busy',
    ['failures', BUSY],
    ['zfs', 'planned move with a program in the pool: it is exported by force, and nothing is lost (4)'],
    ['zfs', 'a pool that cannot be exported: the move is called off, nobody else serves (4, 6)'],
    ['hazards', 'a service that does not stop: given up in time, the storage moves all the same (4, §3.24)'],
  ),
  item(
    's5',
    'a suspended pool, whose commands never return',
    ['closed', 'cut off, and the commands of the pool hang: the devices are gone in time (5, 6)'],
    ['zfs', KILLED_POOLS],
    [
      'zfs',
      'zpool hangs on the node that takes over: it gives up in time, and serves once zpool works (5, 10)',
    ],
  ),
  item(
    's6',
    'a command says that the storage is gone, and it is not',
    ['failures', 'umount says yes and does nothing: only the kernel’s list counts (6)'],
    ['failures', 'umount hangs: a move that was asked for is called off, the peer does not take over (5, 6)'],
  ),
  item(
    's7',
    'the worker of the dead primary stays, and hastctl hangs',
    ['power', POWER_CUT],
    ['failures', 'hastctl hangs on the standby: looking is bounded, nothing moves (7, 22)'],
    ['failures', 'hastctl hangs on the serving node: what still works is left alone (7)'],
  ),
  item(
    's8',
    'the device does not appear, or does not answer',
    ['closed', 'a planned move to a node with a broken disk: the first one serves again, by itself (8, 9)'],
    ['reconcile', 'a stale primary that hangs on the first read does not hang the agent'],
  ),
  item(
    's9',
    'only some of the resources become primary',
    [
      'closed',
      'one of three resources cannot become primary: all are demoted, the address is given up (8, 9, §3.5)',
    ],
    [
      'zfs',
      'one half of the mirror cannot become primary: neither pool is imported, all are secondary again (8, 9)',
    ],
  ),
  item(
    's10',
    'the roles are there, but the file system or the pool is not to be had',
    ['failures', 'fail-over, and ${what}: everything is undone, the address is given up (10)'],
    ['closed', 'the pool cannot be imported: undone, nothing stays primary (10)'],
    [
      'closed',
      'a planned move that fails half way on the other node: the first one serves again, by itself (9, 10)',
    ],
  ),
  item('s11', 'the primary dies while its peer is being synchronised', [
    'power',
    'the primary dies in mid-synchronisation: the half copy is refused, the old primary serves again (11)',
  ]),
  item(
    's12',
    'the old primary returns with data of its own',
    ['network', SPLIT],
    [
      'network',
      'the same, and the other copy is chosen by force: it serves, nothing is overwritten by itself (12)',
    ],
    [
      'power',
      'only the stale one returns and is forced: it serves; the other, when it returns, keeps its own copy (2, 12)',
    ],
  ),
  item('s13', 'metadata is missing: the agent makes none', [
    'failures',
    'nobody creates metadata: a copy that lost its own stays down, and the other serves on (13, §3.4, §3.5)',
  ]),
  item(
    's14',
    'hastd goes away under what is attached',
    [
      'failures',
      'hastd is stopped under the mount: the torn file system goes, the peer serves (14, §3.3, §3.9)',
    ],
    [
      'failures',
      'hastd of the primary is killed and started again: one serves in the end, nothing is lost (14, 16, §3.7)',
    ],
    ['zfs', KILLED_POOLS],
  ),
  item('s15', 'the running hastd does not know a resource yet', [
    'closed',
    'hastd of the standby does not know a resource yet: it is reloaded and asked again (15)',
  ]),
  item(
    's16',
    'what fails is not tried in a storm',
    ['failures', '/var is full on the standby: what cannot be recorded is not promoted (16)'],
    ['failures', 'hastd of the standby restarts: its roles are gone and come back (14, 16, §3.7)'],
    [
      'failback',
      'a preferred node that cannot serve is tried once, not again and again, and once more when it works (10, 16)',
    ],
  ),
  item(
    's17',
    'events come twice or late',
    ['planned', 'ten events in a row: devd is not held up, they coalesce, nothing moves (17)'],
    ['verbs', 'while one works, the others leave a mark and go; the mark is acted on'],
  ),
  item('s18', 'a link flaps', [
    'network',
    'the LAN of the ${which} node flaps, shorter than settle: the storage does not move (1, 18)',
  ]),
  item(
    's19',
    'a node that comes back does not take the storage before its copy is good, nor uncalled',
    ['power', RETURN],
    ['planned', 'orderly reboot of the standby: nothing is interrupted (19)'],
    ['failback', 'the storage stays where it is, synchronised or not (19)'],
    [
      'failback',
      'the preferred node gets the storage back after the synchronisation, as a planned move, and once (19)',
    ],
  ),
  item(
    's20',
    'a node that shuts down takes nothing any more',
    [
      'planned',
      'orderly shutdown of the serving node: the peer takes over at once; it comes back as standby (20)',
    ],
    ['verbs', 'before start and after stop nothing wakes it'],
  ),
  item(
    's21',
    'maintenance is local and ends by itself',
    ['planned', 'maintenance on the standby: no fail-over until it expires, also across a reboot (21)'],
    ['planned', 'maintenance off ends it early; on the serving node it keeps serving (21)'],
    ['failback', 'not while either node is in maintenance, and soon after it (19, 21)'],
  ),
  item(
    's22',
    'a hung peer keeps its connections open',
    [
      'network',
      'hung userland of the serving node: its address stays, so does the storage; nobody else takes it (22)',
    ],
    [
      'closed',
      'a serving node that hangs and loses the LAN: silent, so it is fenced before its peer takes over (22)',
    ],
    ['labWorld', 'takes its connect timeout when the peer is dead'],
  ),
  item(
    's23',
    'CARP’s demotion counter stays high',
    [
      'hazards',
      'CARP’s demotion counter is stuck high on the serving node: it is left alone, and the storage follows the address (23)',
    ],
    ['network', 'the serving node loses the LAN: its standby takes over, CARP’s demotion is undone (§3.19)'],
  ),
  item(
    's24',
    'clients see a move as a short pause: address and storage together, measured from outside',
    ['planned', 'promote on the standby and back: at most 2 s each, hooks and notify are told (24)'],
    ['planned', 'demote on the serving node: the peer takes over; demote of a standby is nothing'],
  ),
  item('s25', 'the disk of the primary fails under it', [
    'failures',
    'the disk of the primary has errors: an alarm, once, and it goes on (25)',
  ]),
];

const MEASURES: readonly Item[] = [
  item(
    'm1',
    'a reject route for the dead peer saves the wait for its connection',
    ['power', POWER_CUT],
    ['reconcile', 'promotes with the reject route, which is there until the peer is heard of'],
  ),
  item(
    'm2',
    'the new role ends the lingering worker itself',
    [
      'labHast',
      'leaves every fsynced byte to the secondary, which may serve within a second with a reject route',
    ],
    ['power', POWER_CUT],
  ),
  item(
    'm3',
    'a new pair needs no copying when the secondary has its role first',
    ['labHast', 'is complete at once and copies nothing when the secondary has its role first'],
    ['labHast', 'comes only at the next ten seconds when the primary was first, and copies what was written'],
  ),
  item(
    'm4',
    'a full synchronisation is followed at its rate',
    ['progress', 'follows the measured full synchronisation: 478, 432, 332, 178, 0 MB'],
    ['labWorld', 'slows a running synchronisation down'],
  ),
  item(
    'm5',
    'the address follows a raised advskew within a second',
    ['labWorld', 'hands the address over within a second when the master raises its skew'],
    ['planned', 'promote on the standby and back: at most 2 s each, hooks and notify are told (24)'],
  ),
  item(
    'm6',
    'both nodes boot with the same line and the highest advskew, without flapping',
    ['power', 'both lose power and boot together: one serves, the other follows (1, 2)'],
    ['power', RETURN],
  ),
  item(
    'm7',
    'pools move by export and import, and are forced in only after a crash',
    ['transcripts', 'makes, moves and forces a pool with the measured words'],
    [
      'zfs',
      'planned move of two pools: exported before the roles, imported after all of them (-f: a secondary has none)',
    ],
    ['zfs', 'power cut with pools: the returning node imports nothing at boot (§3.7)'],
  ),
  item('m8', 'a mirror over resources of different sizes wants -f', [
    'transcripts',
    'makes, moves and forces a pool with the measured words',
  ]),
];

const HAZARDS: readonly Item[] = [
  item(
    'h1',
    'a stale copy made primary hangs',
    ['labHast', 'hangs for ever when it is made primary again over a peer that took over'],
    ['power', RETURN],
  ),
  item(
    'h2',
    'hastd overwrites a second copy without a word',
    ['labHast', 'is missed, and the second copy overwritten, as it was measured'],
    ['network', SPLIT],
  ),
  item(
    'h3',
    'a role change tears the device from its mount',
    ['labHast', 'tears the device from a mounted file system, and only umount -f gets rid of it'],
    [
      'failures',
      'hastd is stopped under the mount: the torn file system goes, the peer serves (14, §3.3, §3.9)',
    ],
  ),
  item(
    'h4',
    'create refuses next to nothing',
    ['labHast', 'lets create succeed on a running primary'],
    ['plan', 'is planned only where the resource has no metadata'],
  ),
  item(
    'h5',
    'a primary without metadata is init again a moment later',
    ['labHast', 'takes the role back to init when there is no metadata, after having accepted it'],
    [
      'failures',
      'nobody creates metadata: a copy that lost its own stays down, and the other serves on (13, §3.4, §3.5)',
    ],
  ),
  item(
    'h6',
    'copies of different sizes never connect',
    ['labHast', 'stays degraded for ever when the sizes differ, and the secondary worker exits 75'],
    [
      'hazards',
      'a copy of another size never gets in sync: the alarm says so, and it is not promoted (§3.6)',
    ],
    ['preflight', 'sizes that differ'],
  ),
  item(
    'h7',
    'after a boot there are no roles',
    ['power', RETURN],
    ['failures', 'hastd of the standby restarts: its roles are gone and come back (14, 16, §3.7)'],
  ),
  item(
    'h8',
    'keepdirty looks like dirty, init has an extent size of 0',
    ['look', 'keepdirty is not dirty; complete with dirty bytes is not in sync'],
    ['facts', 'does not take keepdirty for dirty (measured 3.8)'],
  ),
  item(
    'h9',
    'the control socket outlives hastd',
    [
      'failures',
      'hastd is stopped under the mount: the torn file system goes, the peer serves (14, §3.3, §3.9)',
    ],
    ['look', 'a hastd that does not answer'],
  ),
  item('h10', 'a disabled hastd does not start and calls that success', [
    'failures',
    'hastd that is not enabled does not start, and the agent says that it is missing (§3.10)',
  ]),
  item(
    'h11',
    'zfs and zpool load their module',
    ['gather', 'calls no zfs program unless the module is loaded (measured 3.11)'],
    ['zfs', 'a standby of pools loads the module at its start, not first in a promotion'],
  ),
  item(
    'h12',
    'zvols as providers, whose device nodes come late',
    ['transcripts', 'makes no device node with volmode=dev'],
    ['hazards', 'planned move, power cut and return: the own pool stays where it is (§3.12)'],
  ),
  item(
    'h13',
    'root’s shell is csh',
    ['csh', 'has seven measured commands'],
    ['csh', 'leaves a file named 1 where sh would join the outputs'],
  ),
  item(
    'h14',
    'one bad file and devd does not start',
    ['transcripts', 'does not start devd over a syntax error'],
    ['hazards', 'devd does not run: the timer alone sees that the peer is dead (§3.14, §3.23)'],
  ),
  item(
    'h15',
    'only fsync makes data durable',
    [
      'labHast',
      'leaves every fsynced byte to the secondary, which may serve within a second with a reject route',
    ],
    ['power', POWER_CUT],
  ),
  item(
    'h16',
    'the words of hastd’s hook',
    ['labHast', 'calls the hook with the words that were measured, and only after the late reload'],
    ['reconcile', 'a short loss that nobody saw in the state counts as well'],
  ),
  item(
    'h17',
    'a reload adds resources late, in init',
    ['labHast', 'calls the hook with the words that were measured, and only after the late reload'],
    ['closed', 'hastd of the standby does not know a resource yet: it is reloaded and asked again (15)'],
  ),
  item(
    'h18',
    'services go before the role',
    ['closed', 'planned move of a UFS, a mirrored pool and a service, in order both ways'],
    ['reconcile', 'the serving side lets go in order: address, services, storage, role'],
  ),
  item(
    'h19',
    'CARP without carrier is INIT and demoted',
    ['transcripts', 'goes to INIT without carrier, demotes by 240 and undoes it'],
    ['network', 'the serving node loses the LAN: its standby takes over, CARP’s demotion is undone (§3.19)'],
  ),
  item(
    'h20',
    'different passwords make two masters',
    ['transcripts', 'has two masters when the passwords differ'],
    ['network', PASSWORDS],
  ),
  item(
    'h21',
    'fuser wants -s and -c; fsck wants no mounted file system',
    ['reconcile', 'busy: asks, terminates, kills, then unmounts by force'],
    ['failures', BUSY],
    ['transcripts', 'keeps a busy file system mounted'],
  ),
  item(
    'h22',
    'exit codes of lockf, timeout, daemon and ping',
    ['helpers', 'does as measured: busy, nested, and the command’s own status'],
    ['transcripts', 'answers as base does'],
  ),
  item(
    'h23',
    'a slow reader of devd’s pipe is dropped: nothing of ours reads it, and its actions return at once',
    ['planned', 'ten events in a row: devd is not held up, they coalesce, nothing moves (17)'],
    ['hazards', 'devd does not run: the timer alone sees that the peer is dead (§3.14, §3.23)'],
  ),
  item('h24', 'services take their time to start and stop', [
    'hazards',
    'a service that does not stop: given up in time, the storage moves all the same (4, §3.24)',
  ]),
];

export const COVERAGE: readonly Item[] = [...SCENARIOS, ...MEASURES, ...HAZARDS];
