import type { Problem } from '../../errors.js';
import { parseRcConf } from '../../facts/rc.js';
import type { PlanInput } from '../types.js';

/** Variables that rc.conf sets as wanted and something that rc reads after it sets again (rc.conf(5)). */
export function overriddenProblems({ files, facts }: PlanInput): Problem[] {
  return files.flatMap((file) => {
    if (file.kind !== 'variables') return [];
    const { rc, files: found } = facts[file.node]!;
    const written = parseRcConf(found[file.path]?.content ?? '');
    const names = file.variables
      .filter(({ name, value }) => written[name] === value && rc[name] !== value)
      .map(({ name }) => name);
    if (names.length === 0) return [];
    return [
      {
        id: 'rc-overridden',
        node: file.node,
        message: `${file.path} on ${file.node} sets ${names.join(', ')}, and something that is read after it sets it otherwise`,
        remedy: 'take it away there: /etc/rc.conf.local, or a file in /etc/rc.conf.d',
      },
    ];
  });
}
