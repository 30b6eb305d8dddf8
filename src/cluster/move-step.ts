import { stepScript, words } from '../plan/shell.js';
import type { Step } from '../plan/types.js';
import { AGENT } from '../spec/paths.js';

/** Seconds for a planned move: the agent waits two minutes for its turn, then as long as the storage takes. */
export const MOVE_SECONDS = 180;

/** Asks the agent on a node to take the storage over; its own words are what a failure shows. */
export function moveStep(to: string, seconds: number): Step {
  return {
    id: `${to}/move`,
    node: to,
    phase: 'move',
    title: `Move the storage to ${to}`,
    risk: 'disturbs',
    action: {
      kind: 'script',
      timeoutMs: seconds * 1000,
      script: stepScript(`${words(AGENT)} promote`),
    },
    verify: stepScript(`
is_serving() {
	case $(${words(AGENT)} status --json) in *'"state":"serving"'*) ;; *) return 1 ;; esac
}
until_true 10 is_serving`),
  };
}
