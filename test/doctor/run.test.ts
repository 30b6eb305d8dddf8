import { describe, expect, it } from 'vitest';
import { doctorJson } from '../../src/doctor/json.js';
import { runChecks } from '../../src/doctor/run.js';
import { closingLines, listLines, resultLines } from '../../src/doctor/text.js';
import type { Check, FactsCheck, ProbeCheck } from '../../src/doctor/types.js';
import { subjectOf } from './subject.js';

const base = (id: string) => ({ id, title: `Title of ${id}`, meaning: `What ${id} means.` });
const passing: FactsCheck = { ...base('passing'), test: () => ({ findings: [], details: ['all there'] }) };
const failing: FactsCheck = {
  ...base('failing'),
  test: () => ({
    findings: [
      {
        level: 'failed',
        node: 'hasta',
        saw: 'a thing on hasta is not as it should be, and this sentence is long enough for two lines',
        fix: 'on hasta: service thing start',
        repair: { node: 'hasta', title: 'Start thing', script: 'true' },
      },
    ],
  }),
};
const warned: FactsCheck = {
  ...base('warned'),
  test: () => ({ findings: [{ level: 'warning', saw: 'it could be better', fix: 'make it better' }] }),
};
const crashing: FactsCheck = {
  ...base('crashing'),
  test: () => {
    throw new TypeError('oops');
  },
};
const skipping: FactsCheck = {
  ...base('skipping'),
  test: () => ({ findings: [], skipped: 'no such thing' }),
};
const probe = (id: string, work: ProbeCheck['probe'], deadlineSeconds = 5): ProbeCheck => ({
  ...base(id),
  deadlineSeconds,
  probe: work,
});
const hanging = probe('hanging', () => new Promise(() => undefined), 0.02);

const options = (over: object = {}) => ({
  ignore: [],
  probes: {
    signal: new AbortController().signal,
    target: () => {
      throw new Error('none');
    },
  },
  now: () => 0,
  ...over,
});
const run = (checks: readonly Check[], over: object = {}) => runChecks(checks, subjectOf(), options(over));

describe('running checks', () => {
  it('goes on after one that crashes, and after one that never ends', async () => {
    const results = await run([crashing, hanging, passing]);
    expect(results.map(({ state }) => state)).toEqual(['crashed', 'crashed', 'passed']);
    expect(results.map(({ reason }) => reason)).toEqual(['oops', 'no answer within 0.02 s', undefined]);
  });

  it('runs probes side by side, behind the others', async () => {
    const order: string[] = [];
    let both = 0;
    const meet = async () => {
      both++;
      while (both < 2) await new Promise((resolve) => setTimeout(resolve, 1));
      return { findings: [] };
    };
    const results = await run([probe('one', meet), probe('two', meet), passing], {
      onResult: ({ check }: { check: { id: string } }) => order.push(check.id),
    });
    expect(order[0]).toBe('passing');
    expect(results.map(({ check }) => check.id)).toEqual(['one', 'two', 'passing']);
  });

  it('makes a warning of a failure that is ignored, and says so', async () => {
    const [result] = await run([failing], { ignore: ['failing'] });
    expect(result).toMatchObject({ state: 'warning', ignored: true });
    const text = resultLines(result!, { color: false, unicode: true, verbose: false, width: 80 }).join('\n');
    expect(text).toContain('ignored (--ignore failing)');
  });

  it('ends when it is interrupted', async () => {
    const abort = new AbortController();
    const ended = run([probe('long', () => new Promise(() => undefined))], {
      probes: { ...options().probes, signal: abort.signal },
    });
    abort.abort(new Error('interrupted'));
    await expect(ended).rejects.toThrow('interrupted');
  });

  it('runs nothing that says nothing where no node answers, or nothing is set up', async () => {
    const away = subjectOf({ hasta: 'unreachable', hastb: 'unreachable' });
    expect(await runChecks([failing], away, options())).toMatchObject([{ state: 'skipped' }]);
    const bare = { ...subjectOf(), verification: [{ id: 'not-set-up', message: 'nothing is set up' }] };
    expect(await runChecks([failing, { ...warned, beforeSetUp: true }], bare, options())).toMatchObject([
      { state: 'skipped' },
      { state: 'warning' },
    ]);
  });
});

describe('what is shown', () => {
  const checks = [passing, warned, failing, crashing, skipping];
  const shown = async (verbose: boolean, unicode = true) => {
    const results = await run(checks);
    const text = { color: false, unicode, verbose, width: 60 };
    const lines = results.flatMap((result) => resultLines(result, text));
    return `${[...lines, '', ...closingLines(results, [hanging], 60)].join('\n')}\n`;
  };

  it('is short', async () => {
    await expect(await shown(false)).toMatchFileSnapshot('golden/text.txt');
  });

  it('has more with -v', async () => {
    await expect(await shown(true, false)).toMatchFileSnapshot('golden/text-verbose.txt');
  });

  it('is one sentence at the end when all is well', async () => {
    expect(closingLines(await run([passing]), [], 80)).toEqual(['All 1 check passed.']);
    expect(closingLines(await run([skipping]), [], 80)).toEqual(['No check could be run.']);
  });

  it('is a document with --json', async () => {
    const json = doctorJson('pair1', new Date('2026-11-20T12:00:00Z'), await run(checks), [hanging]);
    await expect(`${JSON.stringify(json, null, 2)}\n`).toMatchFileSnapshot('golden/doctor-json.txt');
  });

  it('is a list with --list', () => {
    const named = { ...hanging, onlyByName: 'it takes for ever' };
    expect(listLines([passing, named], 40)).toEqual([
      'passing  Title of passing',
      'hanging  Title of hanging (only by name:',
      '         it takes for ever)',
    ]);
  });
});
