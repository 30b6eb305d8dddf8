import type { Plan } from '../plan/plan.js';
import type { Step } from '../plan/types.js';
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
  const notes = plan.notes.map((note) => `note: ${note}`);
  return [...parts, ...lost, ...notes, summary(plan)].join('\n');
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
  return left.phase === right.phase && left.title === right.title && left.diff === right.diff;
}

function stepText(step: Step, { color, diffLines }: PlanTextOptions): string {
  const impact = step.impact === undefined ? '' : ` — ${step.impact}`;
  const diff = (step.diff ?? '').split('\n').filter((line) => line !== '');
  const shown = diff.slice(0, diffLines).map((line) => coloured(line, color));
  const more = diff.length - shown.length;
  if (more > 0) shown.push(style(`… ${more} more line${more === 1 ? '' : 's'}`, 'faint', color));
  return [`  ${step.title}${impact}`, ...shown.map((line) => `    ${line}`)].join('\n');
}

function coloured(line: string, color: boolean): string {
  if (line.startsWith('+')) return style(line, 'good', color);
  return line.startsWith('-') ? style(line, 'bad', color) : line;
}

function summary(plan: Plan): string {
  if (plan.steps.length === 0) return 'Nothing to do: both nodes are as the cluster file says.';
  const nodes = new Set(plan.steps.map((step) => step.node)).size;
  return `${plan.steps.length} steps on ${nodes} node${nodes === 1 ? '' : 's'}; ${plan.primary} is or becomes primary.`;
}

/** The plan as one JSON value; scripts and contents stay out, diffs are redacted already. */
export function planJson(plan: Plan): object {
  const { problems, destructions, notes, primary } = plan;
  const steps = plan.steps.map(({ id, node, phase, title, risk, impact, diff }) => ({
    id,
    node,
    phase,
    title,
    risk,
    ...(impact === undefined ? {} : { impact }),
    ...(diff === undefined ? {} : { diff }),
  }));
  return { primary, changes: steps.length > 0, steps, problems, destructions, notes };
}
