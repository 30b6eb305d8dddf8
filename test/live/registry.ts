import { BEGINNERS } from './scenarios/beginners.js';
import { CHANNEL } from './scenarios/channel.js';
import { CLIENTS } from './scenarios/clients.js';
import { FAULTS } from './scenarios/faults.js';
import { FROZEN } from './scenarios/frozen.js';
import { MOVES } from './scenarios/moves.js';
import { NETWORK } from './scenarios/network.js';
import { NODE } from './scenarios/node.js';
import { POWER } from './scenarios/power.js';
import { REPLACE } from './scenarios/replace.js';
import { SET_UP } from './scenarios/set-up.js';
import { TORTURE } from './scenarios/torture.js';
import type { Scenario } from './types.js';

/** Every scenario, in the order in which they run. */
export const SCENARIOS: readonly Scenario[] = [
  ...SET_UP,
  ...BEGINNERS,
  ...MOVES,
  ...POWER,
  ...NETWORK,
  ...FROZEN,
  ...CHANNEL,
  ...NODE,
  ...CLIENTS,
  ...FAULTS,
  ...REPLACE,
  ...TORTURE,
];
