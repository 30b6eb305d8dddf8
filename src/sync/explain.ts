import { ExitCode, HastconfError } from '../errors.js';
import { bytes, duration } from '../report/text.js';
import type { ResourceProgress, SyncOutcome, SyncProgress, SyncStateWord } from './types.js';

const RESUME = 'The nodes go on by themselves; `hastconf wait` picks it up again.';

/** The state of one resource in a few words: `disk0: synchronising, 478MB left`. */
export function describeResource(one: ResourceProgress): string {
  const left = one.dirty === undefined ? '' : `, ${bytes(one.dirty)} dirty`;
  const why = one.detail === '' ? '' : ` (${one.detail})`;
  return `${one.resource}: ${one.state}${left}${why}`;
}

function unfinished(progress: SyncProgress): string {
  const open = progress.resources.filter((one) => one.state !== 'in-sync');
  return open.map(describeResource).join('; ');
}

/** Exit 6: the time limit is over; names the state of every resource that is not in sync. */
export function timeoutError(progress: SyncProgress, timeoutMs: number): HastconfError {
  return new HastconfError(ExitCode.Timeout, `Not in sync after ${duration(timeoutMs)}`, {
    detail: unfinished(progress),
    remedy: RESUME,
  });
}

/** Exit 130: Ctrl-C while waiting. */
export function interruptedError(progress: SyncProgress): HastconfError {
  return new HastconfError(ExitCode.Interrupted, 'Stopped waiting; nothing was changed', {
    detail: unfinished(progress),
    remedy: RESUME,
  });
}

/** Exit 1: a wait that ended with `stalled`; names the likely causes. */
export function stalledError(outcome: SyncOutcome, stallTimeoutMs: number): HastconfError {
  const stalled = outcome.progress.resources.filter((one) => one.state === 'stalled');
  const names = stalled.map((one) => one.resource).join(', ');
  return new HastconfError(
    ExitCode.StepFailed,
    `Synchronisation has stalled: no progress on ${names} for ${duration(stallTimeoutMs)}`,
    { detail: unfinished(outcome.progress), remedy: [...causes(stalled), RESUME].join(' ') },
  );
}

function causes(stalled: readonly ResourceProgress[]): string[] {
  const found = stalled.map((one) => causeOf(one));
  return [...new Set(found)];
}

function causeOf(one: ResourceProgress): string {
  if (/both nodes are primary/.test(one.detail)) {
    return 'Two primaries never synchronise. Compare both copies before you make either of them secondary: its changes are overwritten.';
  }
  if (one.dirty === undefined) {
    return 'No node is primary: look at `service hastd status` and `hastctl status` on both nodes and at /var/log/messages for the reason, then run `hastconf apply` again.';
  }
  if (one.dirty === 0 || /not connected|never connected|is init/.test(one.detail)) {
    return 'Usual causes: the secondary role was not given (`hastctl status` there), a firewall between the replication addresses (TCP port 8457), or providers of different size (hastd then logs `Data size differs`).';
  }
  return 'Usual causes: a dead or overloaded replication link, a disk that fails or hangs (`hastctl list` counts local errors; see /var/log/messages), or writes that come faster than the link carries them.';
}

/** The word for people. */
export function stateText(state: SyncStateWord): string {
  const texts: Readonly<Record<SyncStateWord, string>> = {
    waiting: 'waiting for hastd',
    init: 'no primary yet',
    degraded: 'degraded: not connected',
    lost: 'connection lost',
    synchronising: 'synchronising',
    'in-sync': 'in sync',
    stalled: 'stalled',
    split: 'both nodes are primary',
  };
  return texts[state];
}
