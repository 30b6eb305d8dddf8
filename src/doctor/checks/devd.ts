import { DEVD_DIRECTORIES } from '../../adopt/devd-files.js';
import { type DevdRule, devdMessage, parseDevdConf } from '../../formats/devd-conf.js';
import { devdMatches, devdRuleFor } from '../../formats/devd-match.js';
import { AGENT, DEVD_CONF } from '../../spec/paths.js';
import { type ClusterSpec, nodeOf } from '../../spec/types.js';
import { eachNode, failed, warning } from '../finding.js';
import type { DoctorNode, FactsCheck, Finding } from '../types.js';

interface PlacedRule extends DevdRule {
  path: string;
}

export const devdRules: FactsCheck = {
  id: 'devd-rules',
  title: "devd's first rule for CARP is ours, and the only one",
  meaning:
    'Only the first matching rule of an event runs: with another one before ours the agent learns of a fail-over seconds late, and two programs may move the storage.',
  test: (subject) => eachNode(subject, (node) => rulesFindings(subject.spec, node)),
};

function rulesFindings(spec: ClusterSpec, node: DoctorNode): Finding[] {
  const { name, facts } = node;
  const texts = Object.entries(facts.files).filter(([path]) => isDevdFile(path));
  const rules: PlacedRule[] = [];
  const broken: Finding[] = [];
  for (const [path, file] of texts) {
    if (file === undefined || file.error !== undefined) continue;
    const parsed = parseDevdConf(file.content);
    if (parsed.ok) rules.push(...parsed.config.rules.map((rule) => ({ ...rule, path })));
    else {
      const saw = `devd does not start on ${name}: ${devdMessage(path, parsed)}`;
      broken.push(failed(name, saw, `repair or remove ${path}`));
    }
  }
  return broken.length > 0 ? broken : [...ours(spec, name, rules), ...others(spec, name, rules)];
}

function isDevdFile(path: string): boolean {
  if (path === '/etc/devd.conf') return true;
  return path.endsWith('.conf') && DEVD_DIRECTORIES.some((directory) => path.startsWith(`${directory}/`));
}

/** What devd says of the pair's vhid on this node. */
function events(spec: ClusterSpec, name: string): Record<string, string>[] {
  const subsystem = `${spec.carp.vhid}@${nodeOf(spec, name).interface}`;
  return ['MASTER', 'BACKUP', 'INIT'].map((type) => ({ system: 'CARP', subsystem, type }));
}

function ours(spec: ClusterSpec, name: string, rules: readonly PlacedRule[]): Finding[] {
  const wrong = new Map<string, string[]>();
  for (const event of events(spec, name)) {
    const first = firstRule(rules, event);
    if (first && wakesAgent(first)) continue;
    const who = first
      ? `${first.path} line ${first.line} (priority ${first.priority}) runs first`
      : 'no rule matches';
    wrong.set(who, [...(wrong.get(who) ?? []), event.type!]);
  }
  return [...wrong].map(([who, types]) => {
    const saw = `devd on ${name} does not wake the agent for ${types.join(', ')}: ${who}`;
    const theirs = who.endsWith('runs first');
    const fix = theirs ? `take that rule away on ${name}, then: service devd restart` : 'hastconf apply';
    return failed(name, saw, fix);
  });
}

function firstRule(rules: readonly PlacedRule[], event: Record<string, string>): PlacedRule | undefined {
  return devdRuleFor(rules, event) as PlacedRule | undefined;
}

function wakesAgent({ actions }: DevdRule): boolean {
  return actions.some((action) => action.includes(AGENT));
}

/** Rules that fire for any CARP event behind ours; one that runs before it is reported as that. */
function others(spec: ClusterSpec, name: string, rules: readonly PlacedRule[]): Finding[] {
  const all = events(spec, name);
  const first = new Set(all.map((event) => firstRule(rules, event)));
  const strange = rules.filter(
    (rule) =>
      rule.kind === 'notify' &&
      rule.path !== DEVD_CONF &&
      !wakesAgent(rule) &&
      !first.has(rule) &&
      rule.matches.some(({ variable }) => variable === 'system' || variable === 'subsystem') &&
      all.some((event) => devdMatches(rule, event)),
  );
  return strange.map(({ path, line, actions }) => {
    const what = actions.join('; ').slice(0, 60);
    return warning(
      name,
      `another rule on ${name} reacts to CARP: ${path} line ${line} (${what})`,
      `take it away unless you know why it is there, then on ${name}: service devd restart`,
    );
  });
}
