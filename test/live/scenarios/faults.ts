import type { Scenario } from '../types.js';

export const FAULTS: readonly Scenario[] = [];
