import type { CommandResult, Talk } from '../types.js';
import type { Machine } from '../world/machine.js';
import { reach } from '../world/network.js';
import { fail, type Invocation, notModelled } from './program.js';
import { type Plan, sessionEnvironment } from './ssh-session.js';

/** A sender's pause before it sends again what was not acknowledged (ms). */
const AGAIN_MS = 200;

/**
 * A forced command that stays and talks, both ways at once. What cannot get through waits and is sent again, as TCP
 * does; the other side's reboot is learnt when something reaches it.
 */
export async function talkRemote(
  run: Invocation,
  plan: Plan,
  target: Machine,
  command: string,
): Promise<CommandResult> {
  const open = target.host.shell.talk;
  if (run.call.talk === undefined || open === undefined) return notModelled(run, 'ssh: a command that stays');
  const life = target.signal;
  const there = await open.call(target.host.shell, command, {
    signal: life,
    env: sessionEnvironment(run, plan),
  });
  const here = run.call.talk();
  const reset = fail(255, 'client_loop: send disconnect: Broken pipe');
  return run.world.core.clock.outside(
    new Promise<CommandResult>((resolve, reject) => {
      const passes = () => reach(run.machine, plan.host).reach === 'answered' || run.machine === target;
      const lost = () => resolve(reset);
      const up = new Wire(run, passes, () => !life.aborted, there, lost);
      const down = new Wire(
        run,
        passes,
        () => true,
        here,
        () => undefined,
      );
      here.listen((text) => up.send(text));
      there.listen((text) => {
        if (life.aborted) return;
        if (text !== undefined) down.send(text);
        else down.after(() => resolve({ code: 0, stdout: '', stderr: '' }));
      });
      run.signal.addEventListener('abort', () => {
        // The client has ended and says so, if it still can.
        if (passes() && !life.aborted) there.end();
        reject(run.signal.reason);
      });
    }),
  );
}

/** One direction. */
class Wire {
  #queue: (() => void)[] = [];
  #pumping = false;

  constructor(
    private readonly run: Invocation,
    private readonly passes: () => boolean,
    private readonly known: () => boolean,
    private readonly to: Talk,
    private readonly lost: () => void,
  ) {}

  send(text: string | undefined): void {
    this.after(() => (text === undefined ? this.to.end() : this.to.write(text)));
  }

  /** Does it when everything before it has arrived. */
  after(deliver: () => void): void {
    this.#queue.push(deliver);
    if (!this.#pumping) void this.#pump().catch(() => undefined);
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    const { clock } = this.run.world.core;
    try {
      while (this.#queue.length > 0) {
        while (!this.passes()) await clock.sleep(AGAIN_MS, this.run.signal);
        if (!this.known()) return this.lost();
        this.#queue.shift()?.();
      }
    } finally {
      this.#pumping = false;
    }
  }
}
