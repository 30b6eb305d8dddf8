import { INPUTS } from '../table.js';

type Codes<T extends readonly string[]> = { readonly [K in T[number]]: number };

function codes<T extends readonly string[]>(names: T): Codes<T> {
  return Object.fromEntries(names.map((name, code) => [name, code])) as Codes<T>;
}

/** The decision's inputs as numbers: the place of each word in its list, so that a row is found by arithmetic. */
export const Carp = codes(INPUTS.carp);
export const Roles = codes(INPUTS.roles);
export const Mounts = codes(INPUTS.mounts);
export const Fresh = codes(INPUTS.fresh);
export const Epoch = codes(INPUTS.epoch);
export const Peer = codes(INPUTS.peer);
export const Mode = codes(INPUTS.mode);
export const Phase = codes(INPUTS.phase);
export const Request = codes(INPUTS.request);

const [, R, M, F, E, P, C, O, H, Q, N] = Object.values(INPUTS).map((names) => names.length) as number[];

/** Row of the table, in the order of decide's arguments. */
export function row(
  carp: number,
  roles: number,
  mounts: number,
  fresh: number,
  epoch: number,
  peer: number,
  connected: boolean,
  mode: number,
  phase: number,
  request: number,
  preferred: boolean,
): number {
  let index = carp * (R ?? 0) + roles;
  index = index * (M ?? 0) + mounts;
  index = index * (F ?? 0) + fresh;
  index = index * (E ?? 0) + epoch;
  index = index * (P ?? 0) + peer;
  index = index * (C ?? 0) + (connected ? 0 : 1);
  index = index * (O ?? 0) + mode;
  index = index * (H ?? 0) + phase;
  index = index * (Q ?? 0) + request;
  return index * (N ?? 0) + (preferred ? 0 : 1);
}
