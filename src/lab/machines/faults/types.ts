import { ExitCode, HastconfError } from '../../../errors.js';
import type { FaultAnswer } from '../../served.js';
import type { MachineSet } from '../set.js';
import type { Station } from '../station.js';
import type { FaultRegister } from './register.js';

/** What faults work on. */
export interface FaultWorld {
  set: MachineSet;
  faults: FaultRegister;
  /** Throws exit 2 when there is none. */
  station(name: string | undefined): Station;
}

export interface FaultDefinition {
  /** After the name: `NODE SECONDS`. */
  words: string;
  /** One line for people. */
  help: string;
  /** `args` are as many as `words` allows; `fail` is for those that are wrong. */
  run(world: FaultWorld, args: readonly string[], fail: () => never): Promise<FaultAnswer>;
}

export type FaultTable = Readonly<Record<string, FaultDefinition>>;

export function wrongWords(name: string, words: string): HastconfError {
  return new HastconfError(ExitCode.Usage, `usage: fault ${name} ${words}`.trimEnd());
}

/** A number within bounds, or wrong usage. */
export function numberIn(text: string | undefined, from: number, to: number, fail: () => never): number {
  const value = Number(text);
  return text !== undefined && text !== '' && value >= from && value <= to ? value : fail();
}
