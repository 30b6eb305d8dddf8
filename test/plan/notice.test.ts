import { describe, expect, it } from 'vitest';
import { pendingPath } from '../../src/plan/notice.js';
import { plan } from '../../src/plan/plan.js';
import type { WholeFile } from '../../src/render/types.js';
import { DEVD_CONF } from '../../src/spec/paths.js';
import { freshFacts, pairSpec } from './fixtures.js';

const ATTRIBUTES = { owner: 'root', group: 'wheel', mode: 0o644 };
const DEVD: WholeFile = {
  kind: 'whole',
  node: 'hasta',
  path: DEVD_CONF,
  content: 'notify 100 { };\n',
  attributes: ATTRIBUTES,
  grammar: 'devd',
  secrets: [],
};

function devdSteps(content: string, marked: boolean) {
  const fresh = freshFacts('hasta');
  const mark = marked ? { [pendingPath('devd')]: { empty: true, available: 1e9 } } : {};
  const hasta = {
    ...fresh,
    services: { devd: { exists: true, enabled: true, running: true } },
    files: { ...fresh.files, [DEVD_CONF]: { ...ATTRIBUTES, content } },
    directories: { ...fresh.directories, ...mark },
  };
  const facts = { hasta, hastb: freshFacts('hastb') };
  const { steps } = plan({ spec: pairSpec(), facts, files: [DEVD], destroy: [], ignoredChecks: [] });
  return steps.filter((step) => step.node === 'hasta' && /devd/.test(step.id));
}

describe('a changed file that devd has to notice', () => {
  it('is marked before it is there, and the mark goes with the restart', () => {
    const steps = devdSteps('old\n', false);
    expect(steps).toMatchObject([{ action: { kind: 'write', noticedBy: 'devd' } }, { notices: 'devd' }]);
  });

  it('is noticed by the next run when the one that wrote it was cut off', () => {
    expect(devdSteps(DEVD.content, true)).toMatchObject([{ title: 'Restart devd', notices: 'devd' }]);
  });

  it('does not disturb devd again', () => {
    expect(devdSteps(DEVD.content, false)).toEqual([]);
  });
});
