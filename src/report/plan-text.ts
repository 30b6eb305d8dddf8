import type { ImpactKind, Plan, Step } from '../plan/types.js';
import { foreign, foreignLine } from '../terminal/visible.js';
import { style } from './text.js';

export interface PlanTextOptions {
  color: boolean;
  /** Lines shown of each diff. */
  diffLines: number;
}

/** The plan for people: what both nodes get alike, then each node's own, each step with its diff; then what is lost. */
export function planText(plan: Plan, options: PlanTextOptions): string {
  const { color } = options;
  const parts = sections(plan).map(({ title, steps }) =>
    [style(title, 'strong', color), ...steps.map((step) => stepText(step, options)), ''].join('\n'),
  );
  const lost = plan.destructions.map(
    ({ node, what, loses }) => `${style('DESTROYS', 'bad', color)} ${node}:${what}: ${loses.join('; ')}`,
  );
  const refused = (plan.refusals ?? []).map(({ message }) => `${style('REFUSED', 'bad', color)} ${message}`);
  const notes = plan.notes.map((note) => `note: ${note}`);
  const end = [
    ...orderLines(plan, color),
    ...lost,
    ...refused,
    ...notes,
    summary(plan),
    ...effectLines(plan),
  ];
  return [...parts, ...end].join('\n');
}

interface Section {
  title: string;
  steps: readonly Step[];
}

function sections(plan: Plan): Section[] {
  const nodes = [...new Set(plan.steps.map((step) => step.node))];
  const [first, ...others] = nodes.map((node) => plan.steps.filter((step) => step.node === node));
  const common = (first ?? []).filter(
    (step) => others.length > 0 && others.every((own) => own.some((other) => sameChange(step, other))),
  );
  const shared = { title: nodes.join(' and '), steps: common };
  const own = nodes.map((node) => ({
    title: node === plan.primary ? `${node} (primary)` : node,
    steps: plan.steps.filter(
      (step) => step.node === node && !common.some((other) => sameChange(step, other)),
    ),
  }));
  return [shared, ...own].filter(({ steps }) => steps.length > 0);
}

function sameChange(left: Step, right: Step): boolean {
  return (
    left.phase === right.phase &&
    left.title === right.title &&
    left.diff === right.diff &&
    left.drift === right.drift &&
    left.impact?.detail === right.impact?.detail
  );
}

function stepText(step: Step, { color, diffLines }: PlanTextOptions): string {
  const diff = (step.diff ?? '').split('\n').filter((line) => line !== '');
  const shown = diff.slice(0, diffLines).map((line) => coloured(line, color));
  const more = diff.length - shown.length;
  if (more > 0) shown.push(style(`… ${more} more line${more === 1 ? '' : 's'}`, 'faint', color));
  const said = [...driftLines(step, color), ...impactLines(step, color)];
  return [`  ${foreignLine(step.title)}`, ...[...said, ...shown].map((line) => `    ${line}`)].join('\n');
}

function driftLines({ drift }: Step, color: boolean): string[] {
  return drift === undefined ? [] : [style(`drift: ${drift}`, 'strong', color)];
}

function impactLines({ impact }: Step, color: boolean): string[] {
  if (impact === undefined) return [];
  const seconds = impact.seconds === undefined ? '' : ` of about ${impact.seconds} s`;
  const kind = impact.kind === 'nothing' ? '' : `${NAMES[impact.kind]}${seconds}: `;
  const text = `${kind}${impact.detail}`;
  return [impact.kind === 'interruption' ? style(text, 'bad', color) : text];
}

const NAMES: Readonly<Record<Exclude<ImpactKind, 'nothing'>, string>> = {
  reload: 'reload',
  reconnect: 'reconnect',
  'roles-drop': 'roles drop',
  interruption: 'interruption',
};

/** Sections go by node; what a running pair notices of them has an order that keeps it from harm. */
function orderLines({ effect, steps }: Plan, color: boolean): string[] {
  const noticed = steps.filter(({ impact }) => impact !== undefined);
  if (effect === undefined || noticed.length < 2) return [];
  const lines = noticed.flatMap((step, at) => {
    const same = noticed.filter((other) => other.phase === step.phase && other.title === step.title);
    if (noticed.indexOf(same[0]!) !== at) return [];
    return [`  ${same.map(({ node }) => node).join(' and ')}: ${step.title}`];
  });
  return [style('What the running pair notices, in this order', 'strong', color), ...lines, ''];
}

/** Only of a pair that serves; what it costs to set one up is nobody's loss. */
function effectLines({ effect, steps }: Plan): string[] {
  if (effect === undefined || steps.length === 0) return [];
  const { impact, interruptionSeconds: seconds } = effect;
  if (seconds > 0) return [`The storage is away for about ${seconds} s.`];
  const meanwhile = impact === 'reconnect' ? ' Replication is away for some seconds.' : '';
  return [`The storage stays available.${meanwhile}`];
}

function coloured(line: string, color: boolean): string {
  if (line.startsWith('+')) return style(line, 'good', color);
  return line.startsWith('-') ? style(line, 'bad', color) : foreign(line);
}

function summary(plan: Plan): string {
  if (plan.steps.length === 0) return 'Nothing to do: both nodes are as the cluster file says.';
  const nodes = new Set(plan.steps.map((step) => step.node)).size;
  return `${plan.steps.length} steps on ${nodes} node${nodes === 1 ? '' : 's'}; ${plan.primary} is or becomes primary.`;
}
