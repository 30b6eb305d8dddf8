import type { DevdRule } from '../formats/devd-conf.js';
import { devdMatches } from '../formats/devd-match.js';
import { MANAGED } from '../spec/derive.js';
import { devdMistakes, devdRules, type PlacedRule } from './devd-files.js';
import { fstabFindings } from './fstab.js';
import { groupsBy } from './group.js';
import { hastConfFindings } from './hast-conf-findings.js';
import { type NodeReading, textOf, withoutBlock } from './reading.js';
import { foreignSwitchScript } from './switch-script.js';
import { type AdoptFinding, finding } from './types.js';

/** What stands on a node in the place of hastconf's own files, or acts beside them. */
export function replacedOn(
  node: NodeReading,
  carp: { vhid: number; interface: string } | undefined,
): AdoptFinding[] {
  return [
    ...hastConfFindings(node),
    ...scriptFindings(node),
    ...devdMistakes(node.facts, node.name),
    ...(carp ? ruleFindings(node, carp) : []),
    ...fstabFindings(node.facts, node.name),
    ...sysctlFindings(node),
  ];
}

function scriptFindings({ name: node, facts }: NodeReading): AdoptFinding[] {
  const rcScript = textOf(facts, MANAGED.rcScript);
  const foreignRc =
    rcScript !== undefined && !rcScript.split('\n', 20).some((line) => line.includes('hastconf'));
  return [
    ...(foreignSwitchScript(facts) === undefined
      ? []
      : [
          finding(
            'replaced',
            `hastconf's agent takes the place of somebody's own ${MANAGED.agent} on ${node}`,
            { node },
          ),
        ]),
    ...(foreignRc
      ? [
          finding(
            'replaced',
            `hastconf's rc script takes the place of somebody's own ${MANAGED.rcScript} on ${node}`,
            { node },
          ),
        ]
      : []),
  ];
}

/** Priority of the rules in templates/devd.conf.hbs; only the first match of the highest priority runs. */
const OUR_PRIORITY = 100;

function ruleFindings(node: NodeReading, carp: { vhid: number; interface: string }): AdoptFinding[] {
  const subsystem = `${carp.vhid}@${carp.interface}`;
  const events = [
    ...['MASTER', 'BACKUP', 'INIT'].map((type) => ({ system: 'CARP', subsystem, type })),
    { system: 'IFNET', subsystem: carp.interface, type: 'LINK_DOWN' },
  ];
  const rules = devdRules(node.facts).filter(
    ({ rule }) =>
      rule.kind === 'notify' &&
      events.some((event) => devdMatches(rule, event) && concerns(rule, event.system)),
  );
  return groupsBy(rules, ({ path, rule }) => `${path} ${rule.priority}`).map((group) =>
    ruleFinding(node.name, group),
  );
}

/** The system has rules of its own for links; those come last and do no harm. */
function concerns({ priority, actions }: DevdRule, system: string): boolean {
  return system === 'CARP' || priority >= OUR_PRIORITY || actions.some((action) => /hast|carp/i.test(action));
}

/** Rules of one file and one priority. */
function ruleFinding(node: string, rules: readonly [PlacedRule, ...PlacedRule[]]): AdoptFinding {
  const { path, rule } = rules[0];
  const lines = rules.map((placed) => placed.rule.line);
  const place = `${path} (line${lines.length > 1 ? 's' : ''} ${lines.join(', ')}) on ${node}`;
  if (rule.priority < OUR_PRIORITY) {
    const message = `hastconf's devd rules, of priority ${OUR_PRIORITY}, run in place of those of priority ${rule.priority} in ${place}`;
    const remedy = `they stay in ${path}; remove them once hastconf's own are there`;
    return finding('replaced', message, { node, remedy });
  }
  const message = `devd rules of priority ${rule.priority} run in place of hastconf's, which have ${OUR_PRIORITY}: ${place}; the agent would not hear of events`;
  const remedy = `take them out of ${path}, or give them a priority below ${OUR_PRIORITY}`;
  return finding('differs', message, { node, remedy });
}

function sysctlFindings({ name: node, facts }: NodeReading): AdoptFinding[] {
  const text = withoutBlock(textOf(facts, MANAGED.sysctlConf) ?? '');
  return [...text.matchAll(/^[ \t]*net\.inet\.carp\.(\w+)[ \t]*=[ \t]*(\S+)/gm)].flatMap(
    ([, name, value]) => {
      const line = `net.inet.carp.${name}=${value}`;
      if (name === 'preempt') {
        return value === '1'
          ? []
          : [finding('replaced', `/etc/sysctl.conf of ${node} has ${line}; hastconf sets 1`, { node })];
      }
      if (name === 'log' || name === 'dscp') return [];
      return [
        finding(
          'inexpressible',
          `/etc/sysctl.conf of ${node} has ${line}, which stays and changes who becomes MASTER`,
          { node },
        ),
      ];
    },
  );
}
