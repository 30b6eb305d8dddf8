import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advance, answersOf, type Move, openQuestion, type Progress, START } from '../../src/wizard/flow.js';
import { helpText } from '../../src/wizard/help-text.js';
import { QUESTIONS } from '../../src/wizard/questions/index.js';
import type { Answer, Context, Question } from '../../src/wizard/types.js';
import { ANSWERS, HERE, measuredPair } from './fixtures.js';

const bare = { here: HERE, pair: measuredPair(), survey: { taken: [], vhids: [] } };

function contextOf(progress: Progress): Context {
  return { ...bare, answers: answersOf(progress, bare, QUESTIONS) };
}

function openId(progress: Progress): string | undefined {
  return openQuestion(progress, contextOf(progress), QUESTIONS)?.id;
}

function moved(moves: readonly Move[], start: Progress = START): Progress {
  return moves.reduce((progress, move) => advance(progress, move, QUESTIONS), start);
}

const answer = (id: string, value: Answer): Move => ({ type: 'answer', id, answer: value });
const back: Move = { type: 'back' };
const everything = Object.entries(ANSWERS).map(([id, value]) => answer(id, value));

describe('the way through', () => {
  it('asks for the measured pair what cannot be derived, in this order', () => {
    const asked: string[] = [];
    let progress = START;
    for (let id = openId(progress); id !== undefined; id = openId(progress)) {
      asked.push(id);
      progress = moved([answer(id, ANSWERS[id]!)], progress);
    }
    expect(asked).toEqual(Object.keys(ANSWERS));
    expect(contextOf(progress).answers).toMatchObject({
      carpLink: ['vtnet1', 'vtnet1'],
      vhid: '1',
      names: ['disk0'],
      name: 'hasta-hastb',
      preferred: 'hasta',
      mode: 'memsync',
      failback: 'manual',
      password: 'generated',
    });
  });

  it('asks how to become root of a user who is not', () => {
    expect(openId(moved([answer('login1', 'admin@192.0.2.11')]))).toBe('become1');
    expect(openId(moved([answer('login1', 'root@192.0.2.11')]))).toBe('login2');
  });

  it('has every question after what it needs', () => {
    QUESTIONS.forEach(({ id, needs }, at) => {
      const before = QUESTIONS.slice(0, at).map((question) => question.id);
      expect({ id, missing: needs.filter((need) => !before.includes(need)) }).toEqual({ id, missing: [] });
    });
    expect(new Set(QUESTIONS.map(({ id }) => id)).size).toBe(QUESTIONS.length);
  });
});

describe('going back', () => {
  it('opens the last answer again, and keeps it as the proposal', () => {
    const progress = moved([answer('login1', 'root@a'), answer('login2', 'root@b'), back]);
    expect(openId(progress)).toBe('login2');
    expect(progress.drafts).toEqual({ login2: 'root@b' });
    expect(openId(moved([back], progress))).toBe('login1');
  });

  it('from the first question leads nowhere', () => {
    expect(moved([back])).toEqual(START);
  });

  it('and giving the same answer leaves everything after it alone', () => {
    const done = moved(everything);
    const same = moved(
      [{ type: 'reopen', id: 'replication' }, answer('replication', ANSWERS.replication!)],
      done,
    );
    expect(openId(same)).toBeUndefined();
    expect(same.given).toEqual(done.given);
  });

  it('and giving another answer asks again for what rests on it, and for nothing else', () => {
    const changed = moved(
      [{ type: 'reopen', id: 'replication' }, answer('replication', '192.168.50.11 192.168.50.12')],
      moved(everything),
    );
    expect(openId(changed)).toBe('address');
    expect(changed.drafts.address).toBe('192.168.50.10/24');
    expect(changed.given.mounts).toBe('/hast/disk0');
  });

  it('out of an answer that was visited from the review restores it', () => {
    const done = moved(everything);
    const visited = moved([{ type: 'reopen', id: 'mounts', visit: true }], done);
    expect(openId(visited)).toBe('mounts');
    expect(openId(moved([back], visited))).toBeUndefined();
    expect(moved([back], visited).given).toEqual(done.given);
  });

  it('reaches answers that were derived', () => {
    const visited = moved([{ type: 'reopen', id: 'vhid', visit: true }], moved(everything));
    expect(openId(visited)).toBe('vhid');
    const changed = moved([answer('vhid', '7')], visited);
    expect(contextOf(changed).answers.vhid).toBe('7');
    expect(openId(changed)).toBeUndefined();
  });

  it('never loses an answer, wherever it goes', () => {
    const ids = Object.keys(ANSWERS);
    const anyMove = fc.oneof(
      fc.constant(back),
      fc.constantFrom(...ids).map((id): Move => ({ type: 'reopen', id, visit: true })),
      fc.constantFrom(...ids).map((id) => answer(id, ANSWERS[id]!)),
    );
    fc.assert(
      fc.property(fc.array(anyMove, { maxLength: 12 }), (moves) => {
        const progress = moved(moves, moved(everything));
        for (const [id, value] of Object.entries(ANSWERS))
          expect(progress.given[id] ?? progress.drafts[id]).toEqual(value);
        expect([...progress.trail].sort()).toEqual(Object.keys(progress.given).sort());
      }),
    );
  });
});

describe('questions', () => {
  const done = contextOf(moved(everything));
  const all: readonly Question[] = QUESTIONS;

  it.each(all.map((question) => [question.id, question] as const))('%s explains itself', (_, question) => {
    const help = helpText(question, done, 78);
    expect(help.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(help.length).toBeGreaterThan(40);
    expect(question.label.length).toBeLessThan(20);
  });

  it.each(all.map((question) => [question.id, question] as const))(
    '%s fits into 80 columns',
    (_, question) => {
      const ask = question.ask(done);
      expect(ask.message.length).toBeLessThan(70);
      if (ask.kind !== 'type') for (const { name } of ask.choices) expect(name.length).toBeLessThan(76);
    },
  );
});
