import type { ClusterSpec } from '../../spec/types.js';
import { eachNode, failed, warning } from '../finding.js';
import type { DoctorNode, FactsCheck, Finding } from '../types.js';

/** rc services that copy file systems to a third machine by themselves. */
export const REPLICATORS = ['zrepl', 'sanoid'] as const;

export const thirdCopy: FactsCheck = {
  id: 'third-copy',
  title: 'No job copies the storage from the node that does not have it',
  meaning: 'On the standby such a job fails, or sends and prunes another pool than the one that is meant.',
  test: (subject) => eachNode(subject, (node) => [...services(subject.spec, node), ...crontabs(node)]),
};

/** One that the agent does not move runs where it was started, not where the storage is. */
function services(spec: ClusterSpec, { name, facts }: DoctorNode): Finding[] {
  return REPLICATORS.flatMap((service) => {
    const found = facts.services[service];
    if (!found?.exists) return [];
    const listed = spec.services.some((one) => one.type === 'rc' && one.name === service);
    const remedy = `let the agent move it: { type: rc, name: ${service} } last in services, and on both nodes: sysrc ${service}_enable=NO`;
    if (found.running && facts.agent?.state === 'standby')
      return [
        failed(
          name,
          `${service} runs on ${name}, which does not have the storage`,
          `on ${name}: service ${service} onestop; ${remedy}`,
        ),
      ];
    if (found.enabled) return [warning(name, `${service} is started at boot on ${name}`, remedy)];
    if (found.running && !listed)
      return [warning(name, `${service} runs on ${name}, and will not move with the storage`, remedy)];
    return [];
  });
}

/** A line that asks the agent first runs only where the storage is. */
function crontabs({ name, answers }: DoctorNode): Finding[] {
  return answers.copyJobs
    .filter((line) => !line.includes('carp-hast-switch'))
    .map((line) => {
      const [file = '', ...rest] = line.split(':');
      const saw = `${file} on ${name} copies something wherever the storage is: ${rest.join(':').trim().slice(0, 60)}`;
      return warning(
        name,
        saw,
        "begin its command with: carp-hast-switch status | grep -q ': serving' || exit 0;",
      );
    });
}
