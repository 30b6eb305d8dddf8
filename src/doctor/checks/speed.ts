import { warning } from '../finding.js';
import type { DoctorNode, FactsCheck, Finding, Subject } from '../types.js';

/** Seconds of a fail-over with everything at its best (measured: power cut, one UFS resource). */
const BEST = 'about 4 s';

export const failoverTime: FactsCheck = {
  id: 'failover-time',
  title: 'No setting makes a fail-over slower than it need be',
  meaning: `A fail-over takes ${BEST}, CARP's own three seconds included; what follows is added to that.`,
  test: (subject) => {
    const costs = [
      ...settingCosts(subject),
      ...subject.nodes.flatMap((node) => fileSystemCosts(subject, node)),
    ];
    return { findings: costs };
  },
};

function settingCosts({ spec }: Subject): Finding[] {
  const { carp, agent, services } = spec;
  const findings: Finding[] = [];
  if (carp.advbase > 1) {
    const seconds = 3 * (carp.advbase - 1);
    const saw = `carp.advbase is ${carp.advbase}: a dead master is noticed ${seconds} s later than with 1`;
    findings.push(warning(undefined, saw, 'set carp.advbase: 1, then hastconf apply'));
  }
  if (agent.settle > 1) {
    const saw = `agent.settle is ${agent.settle} s: the agent waits ${agent.settle - 1} s longer than with 1`;
    findings.push(warning(undefined, saw, 'set agent.settle: 1s, then hastconf apply'));
  }
  if (agent.bootWait > 120) {
    const saw = `agent.bootWait is ${agent.bootWait} s: after both were off, a node alone serves that much later`;
    findings.push(warning(undefined, saw, 'set agent.bootWait: 120s, then hastconf apply'));
  }
  if (services.length > 3) {
    const saw = `${services.length} services start one after the other before the move is over`;
    findings.push(warning(undefined, saw, 'see hastconf drill for the seconds that each takes'));
  }
  return findings;
}

/** Without a journal a crash costs a whole fsck: some minutes for a large file system. */
function fileSystemCosts({ spec }: Subject, { name, facts, answers }: DoctorNode): Finding[] {
  return spec.storage.flatMap((storage): Finding[] => {
    if (storage.type !== 'ufs') return [];
    const said = answers.tunefs[storage.mountpoint];
    const mounted = facts.mounts.some(({ mountpoint }) => mountpoint === storage.mountpoint);
    if (said === undefined || !mounted || !/journal/i.test(said)) return [];
    if (/soft update journaling:.*enabled|gjournal:.*enabled/.test(said)) return [];
    const saw = `${storage.mountpoint} (on ${name}) has no journal: after a crash fsck reads all of it, minutes for a large file system`;
    const fix = `stop its services, move the storage away or unmount it, then: tunefs -j enable /dev/hast/${storage.resource}`;
    return [warning(name, saw, fix)];
  });
}
