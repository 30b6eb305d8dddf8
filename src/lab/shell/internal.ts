import type { LabClock } from '../types.js';
import type { Answer, StubCall } from './slots.js';

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `1.5`, `10s`, `2m` in milliseconds. */
export function parseDuration(text: string): number {
  const match = /^(\d*\.?\d*)([smhd]?)$/.exec(text);
  const value = Number(match?.[1] || Number.NaN);
  if (!match || !Number.isFinite(value)) throw new Error(`not a duration: ${text}`);
  return value * (UNITS[match[2] || 's'] as number);
}

/** The stubs below /.lab/bin, through which the lab's own scripts wait and look at simulated time. */
export type InternalCommand = (call: StubCall, clock: LabClock) => Promise<Answer>;

const nothing = { code: 0, stdout: '', stderr: '' };

export const INTERNAL_COMMANDS: Readonly<Record<string, InternalCommand>> = {
  simnow: async (_call, clock) => ({ ...nothing, stdout: `${clock.now()}\n` }),

  simsleep: async (call, clock) => {
    await clock.sleep(parseDuration(call.args[0] ?? ''), call.signal);
    return nothing;
  },
};
