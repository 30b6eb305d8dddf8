import { expect, it } from 'vitest';
import { FaultRegister } from '../../../src/lab/machines/faults/register.js';

function register() {
  const undone: string[] = [];
  const faults = new FaultRegister();
  const add = (name: string, inGuest?: string, as = name) =>
    faults.add({ name, text: as, undo: async () => void undone.push(as), ...(inGuest && { inGuest }) });
  const names = () => faults.list().map(({ name }) => name);
  return { faults, add, names, undone };
}

it('undoes by name, and all in the reverse order', async () => {
  const { faults, add, names, undone } = register();
  for (const name of ['a', 'b', 'c']) add(name);
  await faults.undo('b');
  expect(names()).toEqual(['a', 'c']);
  expect(await faults.undoAll()).toEqual(['c', 'a']);
  expect(undone).toEqual(['b', 'c', 'a']);
});

it('says what is in force when asked for something else', async () => {
  const { faults, add } = register();
  add('a');
  await expect(faults.undo('x')).rejects.toMatchObject({ exit: 2, remedy: 'In force: a' });
});

it('keeps a fault whose undo failed', async () => {
  const { faults, names } = register();
  faults.add({ name: 'a', text: 'a', undo: () => Promise.reject(new Error('no')) });
  await expect(faults.undo('a')).rejects.toThrow('no');
  expect(names()).toEqual(['a']);
});

it('forgets with the power what was in the machine only', () => {
  const { faults, add, names } = register();
  add('in-a', 'a');
  add('in-b', 'b');
  add('switch');
  faults.powerLost('a');
  expect(names()).toEqual(['in-b', 'switch']);
});
