import type { HastconfError } from '../errors.js';
import type { Plan } from '../plan/types.js';
import type { Target } from '../remote/target.js';
import type { ClusterSpec } from '../spec/types.js';
import type { Login, Pair, Survey } from './types.js';

/** The two machines, as far as the wizard needs them; nothing in here changes anything on them. */
export interface Machines {
  /** Connects to both and looks at them. Throws {@link NotMet}. */
  meet(logins: readonly [Login, Login]): Promise<Pair>;
  /** Listens for CARP on the first node's interface, and pings the addresses from there. */
  survey(pair: Pair, interfaceName: string, addresses: readonly string[]): Promise<Survey>;
  /** What apply would do and find, from a new look at both. */
  inspect(spec: ClusterSpec, pair: Pair, survey: Survey | undefined): Promise<Plan>;
  /** The open lines to both, by their nodes' names, once they were met. */
  targets(): readonly [Target, Target];
  close(): Promise<void>;
}

/** At least one machine could not be reached or looked at. */
export class NotMet extends Error {
  /** By machine; undefined: that one is fine. */
  readonly failures: readonly [HastconfError | undefined, HastconfError | undefined];

  constructor(failures: readonly [HastconfError | undefined, HastconfError | undefined]) {
    super('not both machines could be looked at');
    this.failures = failures;
  }
}
