import { describe, expect, it } from 'vitest';
import { finalReport, proveProblems } from '../../src/report/final.js';
import { resource } from '../sync/samples.js';
import { hast, nodeFacts, pairSpec, vtnet1 } from './pair.js';

const MB = 1024 * 1024;
const a = nodeFacts('hasta');
const b = nodeFacts('hastb');
const ids = (...facts: Parameters<typeof proveProblems>[1][]) =>
  facts.map((one) => proveProblems(pairSpec(), one).map((problem) => problem.id));

describe('proveProblems', () => {
  it('has nothing to say about a pair in order, whichever node serves', () => {
    const moved = [
      nodeFacts('hasta', {}, { serving: 'hastb' }),
      nodeFacts('hastb', {}, { serving: 'hastb' }),
    ];
    expect(ids([a, b], moved)).toEqual([[], []]);
  });

  it('allows dirty bytes only as writes in flight, on a standby that is known to be fresh', () => {
    const busy = nodeFacts('hasta', { hast: hast([resource('disk0', 'primary', 'complete', 2 * MB)]) });
    const unknown = nodeFacts('hastb', { agent: { ...b.agent!, fresh: 'unknown' } });
    expect(ids([busy, b], [busy, unknown])).toEqual([[], ['synchronising']]);
    const text = finalReport(pairSpec(), [busy, b], 1, { color: false });
    expect(text).toContain('2.0MB of writes in flight');
    expect(text).not.toContain('zero dirty bytes');
  });

  it('finds files that differ, are missing, or could not be read', () => {
    const path = '/etc/hast.conf';
    const file = { content: 'other\n', owner: 'root', group: 'wheel', mode: 0o644 };
    const differs = nodeFacts('hastb', { files: { ...b.files, [path]: file } });
    const missing = nodeFacts('hastb', { files: { ...b.files, [path]: undefined } });
    const unread = nodeFacts('hastb', {
      files: { ...b.files, [path]: { ...a.files[path]!, error: 'too large' } },
    });
    const found = [differs, missing, unread].map((one) => proveProblems(pairSpec(), [a, one]));
    expect(found.map((problems) => problems.map((problem) => problem.message))).toEqual([
      ['/etc/hast.conf differs between hasta and hastb'],
      ['/etc/hast.conf is missing on hastb'],
      ['/etc/hast.conf is missing on hastb'],
    ]);
  });

  it('does not call a pair proved of which one node was not read back', () => {
    expect(ids([a])[0]).toContain('unreachable');
  });

  it('takes over what status finds', () => {
    expect(ids([nodeFacts('hasta', { interfaces: [vtnet1('BACKUP', 240)] }), b])).toEqual([['no-master']]);
  });
});

describe('finalReport', () => {
  it('shows a proved pair', async () => {
    const text = finalReport(pairSpec(), [a, b], 83_400, { color: false });
    await expect(`${text}\n`).toMatchFileSnapshot('golden/final-proved.txt');
  });

  it('never says proved when there is a problem', async () => {
    const other = nodeFacts('hastb', { hast: hast([resource('disk0', 'init')]), files: {} });
    const text = finalReport(pairSpec(), [a, other], 4200, { color: false });
    await expect(`${text}\n`).toMatchFileSnapshot('golden/final-problems.txt');
    expect(text).toContain('VERIFICATION FAILED');
    expect(text).not.toContain('zero dirty bytes');
  });
});
