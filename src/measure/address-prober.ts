import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterSpec } from '../spec/types.js';
import type { Gap } from './outage.js';

const INTERVAL_MS = 200;
/** A machine on the same network answers within milliseconds; a longer wait would blur the end of the gap. */
const ANSWER_MS = 500;
/** Somebody is there who does not want to talk. */
const ANSWERS = ['ECONNREFUSED', 'ECONNRESET'];

/**
 * Where this machine can ask for the shared address: undefined when the nodes are reached through loopback (a lab, or
 * port forwarding), for then their network is not here.
 */
export function addressToProbe({ nodes, carp }: ClusterSpec): string | undefined {
  const isHere = nodes.some(({ ssh }) => !('local' in ssh) && /^(localhost$|127\.|::1$)/.test(ssh.host));
  return isHere ? undefined : carp.address;
}

/** Asks five times a second whether the address answers; a refused connection is an answer as well. */
export class AddressProber {
  readonly #answers: { at: number; ok: boolean }[] = [];
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(
    private readonly address: string,
    private readonly port = 22,
    private readonly answerMs = ANSWER_MS,
  ) {
    this.#running = this.#run();
  }

  /** Times without an answer between the two moments; undefined: it has never answered from here. */
  gaps(from: number, to: number): Gap[] | undefined {
    if (!this.#answers.some(({ ok }) => ok)) return undefined;
    const gaps: Gap[] = [];
    this.#answers.forEach(({ at, ok }, index) => {
      const [start, end] = [Math.max(at, from), Math.min(this.#answers[index + 1]?.at ?? to, to)];
      if (ok || end <= start) return;
      const last = gaps.at(-1);
      if (last?.to === start) last.to = end;
      else gaps.push({ from: start, to: end });
    });
    return gaps;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const at = performance.now();
      const ok = await this.#ask(signal);
      if (!signal.aborted) this.#answers.push({ at, ok });
      await sleep(INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  #ask(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const socket: Socket = connect({ host: this.address, port: this.port });
      const stop = () => end(false);
      const end = (ok: boolean) => {
        signal.removeEventListener('abort', stop);
        socket.destroy();
        resolve(ok);
      };
      signal.addEventListener('abort', stop);
      socket.setTimeout(this.answerMs, stop);
      socket.once('connect', () => end(true));
      socket.once('error', (error: NodeJS.ErrnoException) => end(ANSWERS.includes(error.code ?? '')));
    });
  }
}
