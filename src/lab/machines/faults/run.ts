import { ExitCode, HastconfError } from '../../../errors.js';
import type { FaultAnswer } from '../../served.js';
import { DISK_FAULTS } from './disk.js';
import { GUEST_FAULTS } from './guest.js';
import { NETWORK_FAULTS } from './network.js';
import { POWER_FAULTS } from './power.js';
import { type FaultTable, type FaultWorld, wrongWords } from './types.js';

/** All faults that a lab of machines knows. */
export const MACHINE_FAULTS: FaultTable = {
  ...POWER_FAULTS,
  ...NETWORK_FAULTS,
  ...DISK_FAULTS,
  ...GUEST_FAULTS,
};

/** `hastconf lab fault NAME ARGS…`. Throws exit 2 for wrong words. */
export async function runMachineFault(
  world: FaultWorld,
  name: string,
  args: readonly string[],
): Promise<FaultAnswer> {
  if (name === 'help') return { text: helpText() };
  if (name === 'list') {
    const all = world.faults.list();
    return { text: all.map((one) => `${one.name}  ${one.text}`).join('\n') || 'no faults', data: all };
  }
  if (name === 'undo') return undo(world, args[0]);
  const fault = MACHINE_FAULTS[name];
  if (!fault) {
    throw new HastconfError(ExitCode.Usage, `unknown fault: ${name}`, {
      remedy: `Known: ${Object.keys(MACHINE_FAULTS).sort().join(', ')}; see: hastconf lab fault help`,
    });
  }
  const fail = (): never => {
    throw wrongWords(name, fault.words);
  };
  const words = fault.words.split(' ');
  const fewest = words.filter((word) => !word.startsWith('[')).length;
  if (args.length < fewest || args.length > words.length) fail();
  return fault.run(world, args, fail);
}

async function undo({ faults }: FaultWorld, name: string | undefined): Promise<FaultAnswer> {
  if (name === undefined) throw wrongWords('undo', 'NAME|all');
  if (name !== 'all') {
    await faults.undo(name);
    return { text: `${name}: undone` };
  }
  const names = await faults.undoAll();
  return { text: names.map((one) => `${one}: undone`).join('\n') || 'no faults' };
}

function helpText(): string {
  const lines = Object.entries(MACHINE_FAULTS).map(
    ([name, { words, help }]) => `${name} ${words}\n    ${help}`,
  );
  return [...lines, 'list\n    the faults in force', 'undo NAME|all\n    take one back, or all'].join('\n');
}
