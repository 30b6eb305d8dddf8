/** Where hastconf keeps its things on a node. */
export const AGENT = '/usr/local/sbin/carp-hast-switch';
export const AGENT_DIR = '/usr/local/etc/hastconf';
export const AGENT_CONF = `${AGENT_DIR}/agent.conf`;
export const AGENT_KEY = `${AGENT_DIR}/id_ed25519`;
export const AGENT_KNOWN_HOSTS = `${AGENT_DIR}/known_hosts`;
/** What NFS, iSCSI and Samba serve of the storage; each server reads it beside its own file. */
export const EXPORTS_FILE = `${AGENT_DIR}/exports`;
export const CTL_FILE = `${AGENT_DIR}/ctl.conf`;
export const SMB_FILE = `${AGENT_DIR}/smb4.conf`;
export const SMB_MAIN = '/usr/local/etc/smb4.conf';
export const RC_SCRIPT = '/usr/local/etc/rc.d/carp_hast';
export const DEVD_CONF = '/usr/local/etc/devd/hastconf.conf';
export const STATE_DIR = '/var/db/hastconf';
export const JOURNAL = `${STATE_DIR}/journal`;
/** What apply left on the node: a line `SHA256 RUN KEY` each (see src/plan/applied.ts). */
export const APPLIED = `${STATE_DIR}/applied`;
export const BACKUP_DIR = `${STATE_DIR}/backups`;
/**
 * Holds an empty directory for everything running that has yet to notice a file that was changed: made before the
 * file, gone when it has noticed. Without it a run that was cut off in between would leave it unnoticed for good.
 */
export const PENDING_DIR = `${STATE_DIR}/pending`;
/** Held by lockf(1) while a step runs: one that was cut off from its hastconf goes on, and is not to meet the next. */
export const STEP_LOCK = '/var/run/hastconf.step';
/** What the agent needs while it runs; a tmpfs, so that a full disk is not in its way. */
export const RUN_DIR = '/var/run/hastconf';
export const LOCK_DIR = `${STATE_DIR}/lock`;
/** Held by lockf(1) while the lock is taken or given back. */
export const LOCK_GUARD = '/var/run/hastconf.lock';
export const PEER_USER = 'hastpeer';
export const PEER_HOME = `${STATE_DIR}/peer`;
export const PEER_AUTHORIZED_KEYS = `${PEER_HOME}/.ssh/authorized_keys`;

/** Where `render --pf-anchor` puts its rules; loaded by hand. */
export const PF_ANCHOR = `${AGENT_DIR}/pf.anchor`;
/** TCP, where nothing else is said (sbin/hastd/proto_tcp.c). */
export const HASTD_PORT = 8457;

/** Around the lines that hastconf keeps in a file of somebody else's. */
export const BLOCK_BEGIN = '# hastconf begin (do not edit)';
export const BLOCK_END = '# hastconf end';

/** Directories of our own, parents first. sshd wants the way to authorized_keys in root's hands. */
export const DIRECTORIES: readonly { path: string; owner: string; group: string; mode: string }[] = [
  { path: '/usr/local/sbin', owner: 'root', group: 'wheel', mode: '0755' },
  { path: '/usr/local/etc/rc.d', owner: 'root', group: 'wheel', mode: '0755' },
  { path: '/usr/local/etc/devd', owner: 'root', group: 'wheel', mode: '0755' },
  { path: AGENT_DIR, owner: 'root', group: 'wheel', mode: '0755' },
  { path: `${AGENT_DIR}/hooks.d`, owner: 'root', group: 'wheel', mode: '0755' },
  { path: STATE_DIR, owner: 'root', group: 'wheel', mode: '0755' },
  { path: BACKUP_DIR, owner: 'root', group: 'wheel', mode: '0700' },
  { path: PEER_HOME, owner: 'root', group: 'wheel', mode: '0755' },
  { path: `${PEER_HOME}/.ssh`, owner: 'root', group: 'wheel', mode: '0755' },
  // The peer channel hands requests in here; the agent, as root, reads and judges them.
  { path: `${STATE_DIR}/spool`, owner: PEER_USER, group: PEER_USER, mode: '0700' },
];
