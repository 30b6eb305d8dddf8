import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { OutOfTime } from './live.js';
import { openMachines } from './machines.js';
import { SCENARIOS } from './registry.js';
import { countsOf, markdownOf, textOf } from './report.js';
import { type Run, runScenario } from './run-scenario.js';
import type { Contender, Outcome, Scenario } from './types.js';

const USAGE = `npm run live -- [NAME…] --image FILE [options]

Runs whole scenarios on real FreeBSD machines under QEMU. NAME is a scenario or a group; default: all.

  --image FILE       the machines' image (.img.xz, .img, .qcow2)
  --state DIR        a saved state of three machines as new, in place of the image
  --list             the scenarios
  --ci               only those that CI runs
  --baseline         the published recipe instead of hastconf, where a scenario can do so
  --rounds N         rounds of scenarios that repeat (default 3)
  --seed N           of the torture scenario (default: the time)
  --faults N         random faults of the torture scenario (default 20)
  --deadline SECONDS what has not begun by then is skipped, what runs is ended
  --json FILE        every outcome as JSON
  --markdown FILE    the table of the README
  --counts FILE      how many passed, failed and were skipped, as JSON
  --log FILE         what happened, with times
`;

interface Options {
  names: string[];
  image?: string;
  state?: string;
  contender: Contender;
  ci: boolean;
  list: boolean;
  rounds: number;
  faults: number;
  seed: number;
  deadline?: number;
  json?: string;
  markdown?: string;
  log?: string;
  counts?: string;
}

function optionsOf(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      image: { type: 'string' },
      state: { type: 'string' },
      list: { type: 'boolean' },
      ci: { type: 'boolean' },
      baseline: { type: 'boolean' },
      rounds: { type: 'string' },
      faults: { type: 'string' },
      seed: { type: 'string' },
      deadline: { type: 'string' },
      json: { type: 'string' },
      markdown: { type: 'string' },
      log: { type: 'string' },
      counts: { type: 'string' },
    },
  });
  const { image, state, json, markdown, log, deadline, counts } = values;
  return {
    names: positionals,
    contender: values.baseline ? 'recipe' : 'hastconf',
    ci: values.ci ?? false,
    list: values.list ?? false,
    rounds: Number(values.rounds ?? 3),
    faults: Number(values.faults ?? 20),
    seed: Number(values.seed ?? Date.now() % 1_000_000),
    ...(image !== undefined && { image: resolve(image) }),
    ...(state !== undefined && { state: resolve(state) }),
    ...(deadline !== undefined && { deadline: Number(deadline) }),
    ...(json !== undefined && { json }),
    ...(markdown !== undefined && { markdown }),
    ...(log !== undefined && { log }),
    ...(counts !== undefined && { counts }),
  };
}

/** Throws for a name that is neither a scenario nor a group. */
function chosen({ names, ci, contender }: Options): Scenario[] {
  const known = new Set(SCENARIOS.flatMap(({ name, group }) => [name, group]));
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length > 0) throw new Error(`no scenario ${unknown.join(', ')}; --list shows them`);
  return SCENARIOS.filter(
    (one) =>
      (names.length === 0 || names.includes(one.name) || names.includes(one.group)) &&
      (!ci || one.ci === true) &&
      (contender === 'hastconf' || one.baseline === true),
  );
}

function listText(scenarios: readonly Scenario[]): string {
  return scenarios
    .map(({ name, group, title, ci, baseline, mendedBy }) => {
      const marks = [ci && 'ci', baseline && 'baseline', mendedBy && `issue ${mendedBy}`].filter(Boolean);
      return `${group.padEnd(10)} ${name.padEnd(28)} ${title}${marks.length > 0 ? `  [${marks.join(', ')}]` : ''}`;
    })
    .join('\n');
}

/** Scenarios by the set of machines that they need; a saved state has all three. */
function inSets(scenarios: readonly Scenario[], three: boolean): [boolean, Scenario[]][] {
  if (three) return [[true, [...scenarios]]];
  const sets = [false, true].map((client): [boolean, Scenario[]] => [
    client,
    scenarios.filter((one) => (one.client ?? false) === client),
  ]);
  return sets.filter(([, group]) => group.length > 0);
}

async function runAll(scenarios: readonly Scenario[], options: Options): Promise<Outcome[]> {
  if (scenarios.length === 0) return [];
  const { image, state } = options;
  if (image === undefined && state === undefined) throw new Error('--image FILE is needed');
  const dir = await mkdtemp(join(tmpdir(), 'hastconf-live-'));
  const stopped = new AbortController();
  const stop = () => stopped.abort(new Error('interrupted'));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const late = () => stopped.abort(new OutOfTime('the time of the whole run is over'));
  const deadline = options.deadline === undefined ? undefined : setTimeout(late, options.deadline * 1000);
  const log: string[] = [];
  const say = (text: string) => {
    process.stderr.write(`${text}\n`);
    log.push(text);
  };
  const outcomes: Outcome[] = [];
  try {
    // Those with a client need another set of machines.
    for (const [client, group] of inSets(scenarios, state !== undefined)) {
      const machines = await openMachines({
        dir: join(dir, client ? 'three' : 'two'),
        client,
        ...(image !== undefined && { image }),
        ...(state !== undefined && { state }),
      });
      try {
        const { clusterFile } = machines;
        const { contender, rounds, seed, faults } = options;
        const run: Run = {
          options: { machines, clusterFile, contender, rounds, seed, faults, say },
          saved: new Set(),
          signal: stopped.signal,
        };
        for (const scenario of group) outcomes.push(await oneOf(scenario, run));
      } finally {
        await machines.down();
      }
    }
  } finally {
    clearTimeout(deadline);
    await rm(dir, { recursive: true, force: true });
    if (options.log !== undefined) await writeFile(options.log, `${log.join('\n')}\n`);
  }
  return outcomes;
}

async function oneOf(scenario: Scenario, run: Run): Promise<Outcome> {
  const { name, title } = scenario;
  if (run.signal.aborted) {
    const nothing = {
      measured: [],
      acknowledged: 0,
      lost: 0,
      lostLines: [],
      served: [],
      alarms: [],
      notes: [],
    };
    const { contender } = run.options;
    return { name, title, contender, verdict: 'skipped', reason: 'the time is over', tookMs: 0, ...nothing };
  }
  run.options.say(`--- ${name}: ${title}`);
  const outcome = await runScenario(scenario, run);
  run.options.say(
    `--- ${name}: ${outcome.verdict}${outcome.reason === undefined ? '' : `: ${outcome.reason}`}`,
  );
  return outcome;
}

async function main(args: readonly string[]): Promise<number> {
  const options = optionsOf(args);
  if (options.list) {
    process.stdout.write(`${listText(chosen(options))}\n`);
    return 0;
  }
  const outcomes = await runAll(chosen(options), options);
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(outcomes, null, 2)}\n`);
  if (options.markdown !== undefined) await writeFile(options.markdown, markdownOf(outcomes, new Date()));
  const counts = countsOf(outcomes);
  const { passed, failed, skipped } = counts;
  if (options.counts !== undefined) await writeFile(options.counts, `${JSON.stringify(counts)}\n`);
  const more = skipped > 0 ? `${skipped} skipped\n` : '';
  process.stdout.write(`${textOf(outcomes)}\n\n${more}${passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    process.exit(2);
  },
);
