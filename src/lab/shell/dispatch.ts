import { AsyncResource } from 'node:async_hooks';
import { basename } from 'node:path';
import type { CommandTable } from '../types.js';
import { type BecomeSettings, FOR_ANYONE, mayBecome } from './become.js';
import { csh } from './csh.js';
import { INTERNAL_COMMANDS } from './internal.js';
import { identity } from './node-setup.js';
import type { Answer, StubCall } from './slots.js';
import { type Limiter, limit, reap } from './timeout.js';

/** Finds who answers a call: the model, the lab's own helpers, or nobody. */
export class Dispatch {
  commands: CommandTable = {};
  /** Who may become root, and how. */
  become: BecomeSettings | undefined;
  readonly #node: string;
  readonly #limiter: Limiter;
  /** Keeps the time of a call after it was answered, so not as a part of it. */
  readonly #limit = AsyncResource.bind((call: StubCall) => limit(call, this.#limiter));

  constructor(node: string, limiter: Limiter) {
    this.#node = node;
    this.#limiter = limiter;
  }

  async answer(call: StubCall): Promise<Answer> {
    const name = basename(call.program);
    if (call.program.startsWith('/.lab/bin/')) return this.#internal(name, call);
    if (name === 'timeout') return this.#limit(call);
    const command = this.commands[name];
    const user = call.env.LAB_USER;
    if (user !== undefined && name === 'id') return identity(user, call.args);
    const stranger = user !== undefined && !FOR_ANYONE.has(name);
    if (command && !stranger) return command({ ...call, node: this.#node, name });
    const who = stranger ? ` as ${user}` : '';
    return { code: 127, stdout: '', stderr: `lab: not modelled: ${name}${who}\n` };
  }

  async #internal(name: string, call: StubCall): Promise<Answer> {
    const nothing = { code: 0, stdout: '', stderr: '' };
    const argument = call.args[0] ?? '';
    if (name === 'simcsh') return { ...nothing, stdout: csh(argument, call.env).script };
    if (name === 'simauth') {
      return { ...nothing, code: mayBecome(this.become, argument, call.env.LAB_WORD) ? 0 : 1 };
    }
    if (name === 'simreap') return reap(call, this.#limiter);
    const command = INTERNAL_COMMANDS[name];
    if (!command) throw new Error(`no ${name} in the lab`);
    return command(call, this.#limiter.clock);
  }
}
