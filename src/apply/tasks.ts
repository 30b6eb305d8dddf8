import {
  DefaultRenderer,
  LISTR_DEFAULT_RENDERER_STYLE,
  Listr,
  ListrLogger,
  type ListrTask,
  ProcessOutput,
} from 'listr2';
import type { Io } from '../io.js';
import { say } from '../io.js';
import type { Phase, Step } from '../plan/types.js';
import { foreignLine } from '../terminal/visible.js';
import { type ExecutorEvents, type PhaseWork, runLane, schedule, settleLanes } from './executor.js';
import type { StepRunner } from './run-step.js';

const TITLES: Record<Phase, string> = {
  directories: 'Prepare directories and the peer user',
  keys: 'Create the agents’ keys',
  exchange: 'Exchange keys',
  pause: 'Pause the agents',
  release: 'Detach removed storage',
  files: 'Write configuration',
  modules: 'Load modules',
  volumes: 'Create volumes',
  hastd: 'Start hastd',
  'hastd-primary': 'Reload hastd on the primary',
  metadata: 'Create HAST metadata',
  secondary: 'Assign the secondary role',
  primary: 'Assign the primary role',
  connect: 'Connect the nodes',
  format: 'Create file systems',
  withdraw: 'Remove the CARP address from the standby',
  carp: 'Configure CARP',
  rejoin: 'Restore the standby’s CARP address',
  agent: 'Start the agent',
  synchronise: 'Wait for the synchronisation',
  prove: 'Verify',
  maintenance: 'Maintenance',
  mark: 'Write the marker',
  move: 'Move the storage',
  verify: 'Verify',
  keep: 'Keep the copy that goes',
  retire: 'Give the copy up',
  'rejoin-copy': 'Let the node take part again',
  clean: 'Clean up',
};

/** listr2 asks stdout whether it may draw; what is drawn on here is stderr, which was asked already. */
class TerminalRenderer extends DefaultRenderer {
  static override nonTTY = true;
}

/** listr2 asks its own process about colours, not the command line. */
const PLAIN = Object.fromEntries(
  Object.keys(LISTR_DEFAULT_RENDERER_STYLE.color ?? {}).map((what) => [what, (text = '') => text]),
);

export type ProgressMode = 'terminal' | 'plain' | 'json';

/** Runs the steps phase by phase, both nodes at once, and shows it the way the output can. */
export async function runSteps(
  steps: readonly Step[],
  runner: StepRunner,
  io: Io,
  mode: ProgressMode,
  extra: ExecutorEvents,
): Promise<void> {
  const work = schedule(steps);
  const inHand = new InHand();
  const noted = io.unfinished?.add(() => inHand.sentences());
  const events = inHand.watching(extra);
  try {
    if (mode === 'terminal') return await runOnTerminal(work, runner, io, events);
    for (const phase of work) {
      if (mode === 'plain') say(io, `${TITLES[phase.phase]}`);
      const told = mode === 'plain' ? plainEvents(io, events) : events;
      await settleLanes(phase.lanes.map((lane) => runLane(lane, runner, io.signal, told)));
    }
  } finally {
    noted?.();
  }
}

/** The step that each node is at. */
class InHand {
  readonly #steps = new Map<string, Step>();

  watching({ onStep }: ExecutorEvents): ExecutorEvents {
    return {
      onStep: (step, state, milliseconds) => {
        if (state === 'start') this.#steps.set(step.node, step);
        else this.#steps.delete(step.node);
        onStep?.(step, state, milliseconds);
      },
    };
  }

  sentences(): readonly string[] {
    return [...this.#steps.values()].map(
      ({ node, title }) => `${node}: "${title}" was begun; it may be half done, or go on there to its end`,
    );
  }
}

function plainEvents(io: Io, extra: ExecutorEvents): ExecutorEvents {
  return {
    onStep: (step, state, milliseconds) => {
      extra.onStep?.(step, state, milliseconds);
      const seconds = (milliseconds / 1000).toFixed(1);
      if (state === 'done') say(io, `  ${step.node}: ${step.title} (${seconds} s)`);
      if (state === 'failed') say(io, `  ${step.node}: ${step.title}: FAILED`);
    },
  };
}

async function runOnTerminal(
  work: readonly PhaseWork[],
  runner: StepRunner,
  io: Io,
  extra: ExecutorEvents,
): Promise<void> {
  // By itself listr2 draws on stdout, which is for results.
  const screen = io.stderr as NodeJS.WriteStream;
  const logger = new ListrLogger({ processOutput: new ProcessOutput(screen, screen) });
  const listr = new Listr(
    work.map((phase): ListrTask => phaseTask(phase, runner, io, extra)),
    {
      concurrent: false,
      exitOnError: true,
      renderer: TerminalRenderer,
      // Ctrl-C is ours: the step in hand ends, and the lock is given back.
      registerSignalListeners: false,
      rendererOptions: {
        logger,
        collapseSubtasks: true,
        collapseErrors: false,
        showErrorMessage: false,
        ...((io.env.NO_COLOR ?? '') === '' ? {} : { color: PLAIN }),
      },
    },
  );
  await listr.run();
}

function phaseTask(phase: PhaseWork, runner: StepRunner, io: Io, extra: ExecutorEvents): ListrTask {
  return {
    title: TITLES[phase.phase],
    task: async (_context, task) => {
      const shown = new Map<string, string>();
      const events: ExecutorEvents = {
        onStep: (step, state, milliseconds) => {
          extra.onStep?.(step, state, milliseconds);
          shown.set(step.node, `${step.node}: ${step.title}`);
          task.output = foreignLine([...shown.values()].join(' · '));
        },
      };
      await settleLanes(phase.lanes.map((lane) => runLane(lane, runner, io.signal, events)));
      const count = phase.lanes.reduce((sum, lane) => sum + lane.steps.length, 0);
      task.title = `${TITLES[phase.phase]} (${count})`;
    },
  };
}
