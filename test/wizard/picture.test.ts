import { describe, expect, it } from 'vitest';
import { parseSpec } from '../../src/spec/load.js';
import { description, picture } from '../../src/wizard/picture.js';
import { reviewText } from '../../src/wizard/review.js';
import { pairKey } from '../../src/wizard/wizard.js';
import { PAIR_YAML, pairSpec } from '../plan/fixtures.js';
import { ANSWERS, EMPTY_PLAN, HERE, measuredPair, played } from './fixtures.js';

const { facts } = measuredPair();

/** Everything that the picture can show at once. */
const RICH = `
version: 1
name: big
nodes:
  storage-node-with-a-long-name-1: { ssh: { host: 192.0.2.11 }, replication: "2001:db8:77::1", interface: vlan0.10 }
  storage-node-with-a-long-name-2: { ssh: { host: 192.0.2.12 }, replication: "2001:db8:77::2", interface: vlan0.10 }
carp: { address: "2001:db8:50::10/64", vhid: 200 }
preferred: storage-node-with-a-long-name-2
resources:
  d0: { local: /dev/gpt/a-label-that-goes-on-and-on-and-on }
${[1, 2, 3, 4, 5, 6, 7].map((number) => `  d${number}: { local: /dev/da${number} }`).join('\n')}
storage:
  - { type: zfs, pool: shared, layout: raidz2, resources: [d1, d2, d3, d4, d5, d6] }
  - { type: ufs, resource: d0, mountpoint: /hast/a-mount-point-with-a-name-that-is-long-indeed-too-long-for-a-line }
  - { type: raw, resource: d7 }
`;

describe('the picture', () => {
  it('of the measured pair', async () => {
    await expect(`${picture(pairSpec(), facts).join('\n')}\n`).toMatchFileSnapshot('golden/picture.txt');
  });

  it('of a pair with long names, many resources and the second node first', async () => {
    const lines = picture(parseSpec(RICH, 'cluster.yaml'), facts);
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('golden/picture-rich.txt');
  });

  it.each([PAIR_YAML, RICH])('fits into 80 columns of plain ASCII', (yaml) => {
    for (const line of picture(pairSpec(yaml), facts)) {
      expect(line.length).toBeLessThanOrEqual(80);
      expect(line).toMatch(/^[\x20-\x7e]*$/);
      expect(line).toBe(line.trimEnd());
    }
  });

  it('is told in sentences to those who do not see it', () => {
    expect(description(pairSpec())).toEqual([
      'Clients use 192.168.50.10/24, which moves between hasta (vtnet1) and hastb (vtnet1) with VHID 1.',
      'hasta serves first, hastb keeps the copy.',
      'Replication goes from 10.77.0.1 to 10.77.0.2, memsync.',
      'Resource disk0: /dev/vtbd1 on hasta, /dev/vtbd1 on hastb.',
      'disk0: UFS on /hast/disk0.',
    ]);
  });
});

describe('the review', () => {
  const reviewed = {
    spec: pairSpec(),
    file: 'cluster.yaml',
    plan: {
      ...EMPTY_PLAN,
      destructions: [
        {
          node: 'hastb',
          what: '/dev/vtbd1',
          loses: ['ufs file system', 'GPT with 2 partitions'],
          consented: false,
        },
      ],
      problems: [{ id: 'clock-skew', message: 'the clocks are 40 s apart', remedy: 'service ntpd onestart' }],
    },
  };
  const wizard = () => {
    const { wizard } = played([]);
    const given = ANSWERS;
    wizard.progress = { given, trail: Object.keys(given), drafts: {} };
    wizard.pair = { key: pairKey({ answers: given, here: HERE }), value: measuredPair() };
    wizard.survey = {
      key: JSON.stringify([
        ['vtnet1', 'vtnet1'],
        ['hasta', 'hastb'],
      ]),
      value: { taken: [], vhids: [] },
    };
    return wizard;
  };

  it('shows everything, and last what it costs', async () => {
    const text = reviewText(wizard(), reviewed);
    await expect(`${text}\n`).toMatchFileSnapshot('golden/review.txt');
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('shows what would be destroyed in red, and says it too', () => {
    const own = wizard();
    const text = reviewText(
      { ...own, prompter: { ...own.prompter, bad: (line) => `<red>${line}` } },
      reviewed,
    );
    expect(text).toContain('<red>DESTROYS /dev/vtbd1 on hastb: ufs file system; GPT with 2 partitions');
  });

  it('says that nothing is lost', () => {
    const text = reviewText(wizard(), { ...reviewed, plan: EMPTY_PLAN });
    expect(text).toContain('Nothing that holds data is overwritten.');
    expect(text).not.toContain('DESTROYS');
  });
});
