import { describe, expect, it } from 'vitest';
import type { Problem } from '../../src/errors.js';
import type { Destruction } from '../../src/plan/types.js';
import { parseSpec } from '../../src/spec/load.js';
import type { Secret } from '../../src/spec/secret.js';
import { askAll } from '../../src/wizard/ask-all.js';
import { decide } from '../../src/wizard/decide.js';
import { sameAgain } from '../../src/wizard/equivalent.js';
import { contextOf } from '../../src/wizard/wizard.js';
import { pairSpec } from '../plan/fixtures.js';
import { BACK, EMPTY_PLAN, HELP, type Line, played, SHORTEST } from './fixtures.js';

async function reviewed(
  script: readonly Line[],
  ...rest: Parameters<typeof played> extends [unknown, ...infer R] ? R : never
) {
  const talk = played([...SHORTEST, ...script], ...rest);
  await askAll(talk.wizard);
  return { ...talk, decision: await decide(talk.wizard, 'pair.yaml') };
}

const lost: Destruction = { node: 'hasta', what: '/dev/da1', loses: ['ufs file system'], consented: false };

describe('the end of the conversation', () => {
  it('is a file that the same rules accept, and what to do with it', async () => {
    const { decision } = await reviewed([['What now', 'write']]);
    if (typeof decision === 'string') throw new Error(decision);
    expect(decision.apply).toBe(false);
    expect(parseSpec(decision.text, 'pair.yaml')).toEqual(decision.spec);
    expect(decision.text).toMatch(/^# Made by `hastconf init`/);
  });

  it('shows help and the plan as often as wanted', async () => {
    const { decision, said } = await reviewed([
      ['What now', HELP],
      ['What now', 'plan'],
      ['What now', 'apply'],
    ]);
    expect(decision).toMatchObject({ apply: true });
    expect(said.join('\n')).toContain('Nothing to do: both nodes are as the cluster file says.');
  });

  it('goes back to the last question', async () => {
    const { decision, wizard } = await reviewed([['What now', BACK]]);
    expect(decision).toBe('again');
    expect(contextOf(wizard).answers.served).toBeUndefined();
  });

  it('lets any answer be changed, also a derived one', async () => {
    const { decision, wizard, rest } = await reviewed([
      ['What now', 'change'],
      ['Which answer', BACK],
      ['What now', 'change'],
      ['Which answer', 'vhid'],
      ['VHID', '9'],
    ]);
    expect(decision).toBe('again');
    expect(await askAll(wizard)).toBe('answered');
    expect(rest).toEqual([]);
    expect(contextOf(wizard).answers.vhid).toBe('9');
  });

  it('does not offer to apply what would not pass', async () => {
    const problem: Problem = { id: 'no-space', message: 'the file system of / is full' };
    const machines = { inspect: async () => ({ ...EMPTY_PLAN, problems: [problem], destructions: [lost] }) };
    const offered: string[][] = [];
    const talk = played([...SHORTEST, ['What now', 'stop']], machines);
    await askAll(talk.wizard);
    const { choose } = talk.wizard.prompter;
    const prompter: typeof talk.wizard.prompter = {
      ...talk.wizard.prompter,
      choose: (ask) => {
        offered.push(ask.choices.map(({ value }) => value));
        return choose(ask);
      },
    };
    expect(await decide({ ...talk.wizard, prompter }, 'pair.yaml')).toBe('stop');
    expect(offered).toEqual([['plan', 'write', 'change', 'stop']]);
    expect(talk.said.join('\n')).toMatch(
      /DESTROYS \/dev\/da1 on hasta: ufs file system\nApply would stop here:\n! the file/,
    );
  });
});

describe('a pair that runs already', () => {
  it('is told what the plan does to it, and not offered what is refused', async () => {
    const refusals: Problem[] = [{ id: 'mounted', node: 'hasta', message: 'disk0 is mounted on hasta' }];
    const inspect = async () => ({
      ...EMPTY_PLAN,
      refusals,
      effect: { impact: 'interruption' as const, interruptionSeconds: 3 },
    });
    const { said, decision } = await reviewed([['What now', 'stop']], { inspect });
    expect(decision).toBe('stop');
    expect(said.join('\n')).toContain(
      'Apply would stop here:\n! disk0 is mounted on hasta\nA pair that runs: its storage is away for about 3 s.',
    );
  });
});

describe('the CARP password', () => {
  const visit: Line[] = [
    ['What now', 'change'],
    ['Which answer', 'password'],
    ['The password that', 'typed'],
  ];

  it('is typed twice, kept apart, and never among the answers', async () => {
    const kept: Secret[] = [];
    const talk = await reviewed([
      ...visit,
      ['CARP password', 'bad password!'],
      ['CARP password', 'swordfish'],
      ['once more', 'sword'],
      ['CARP password', 'swordfish'],
      ['once more', 'swordfish'],
    ]);
    const { wizard, said, rest } = talk;
    await askAll({ ...wizard, keepSecret: async (secret) => void kept.push(secret) });
    expect(rest).toEqual([]);
    expect(kept.map((secret) => secret.reveal())).toEqual(['swordfish']);
    const shown = `${said.join('\n')}${JSON.stringify(talk.kept)}`;
    expect(shown).toContain('has characters other than letters, digits and underscores');
    expect(shown).not.toMatch(/swordfish|bad password/);
  });
});

describe('the command line that does the same', () => {
  const made = { spec: pairSpec(), file: 'my pair.yaml', passwordFile: '/work/my pair.carp' };

  it('names the file, and every consent to lose something', () => {
    expect(sameAgain({ ...made, destructions: [lost] }).split('\n')[1]).toBe(
      "  hastconf -f 'my pair.yaml' apply -y --destroy hasta:/dev/da1",
    );
  });

  it('is there for those without the file, with the password kept in its own', () => {
    const line = sameAgain({ ...made, destructions: [] }).split('\n')[3]!;
    expect(line).toContain(' --name pair1 ');
    expect(line).toContain("--carp-password-file '/work/my pair.carp'");
  });
});
