import type { ExecResult, Target } from '../remote/target.js';
import type { Asked } from './os.js';
import { factsScript, scriptTimeoutMs } from './script.js';
import type { FactsRequest } from './types.js';

/**
 * Milliseconds that the channel may stay open after the script's last line. sshd keeps it open for as long as
 * any process has it open, and one that is stuck in the kernel may have it for ever.
 */
const LINGER_MS = 2000;

export interface ScriptRun {
  stdout: string;
  /** How it ended, for an error message. */
  ending: string;
  asked: Asked;
}

/** Runs the facts script, notes when the clock was answered, and does not wait for what the script left behind. */
export async function runFactsScript(
  target: Target,
  request: FactsRequest,
  nonce: string,
  signal: AbortSignal | undefined,
): Promise<ScriptRun> {
  const enough = new AbortController();
  const listener = new Listener(nonce, () => enough.abort());
  try {
    const result = await target.script(factsScript(request, nonce), {
      timeoutMs: scriptTimeoutMs(request),
      onStdout: (text) => listener.feed(text),
      signal: signal === undefined ? enough.signal : AbortSignal.any([signal, enough.signal]),
    });
    return { stdout: result.stdout, ending: endingOf(result), asked: listener.asked() };
  } catch (error) {
    if (!enough.signal.aborted || signal?.aborted) throw error;
    return { stdout: listener.stdout, ending: 'left open', asked: listener.asked() };
  } finally {
    listener.close();
  }
}

function endingOf(result: ExecResult): string {
  return `exit ${result.code ?? result.signal}: ${result.stderr.trim() || 'no message'}`;
}

class Listener {
  readonly #nonce: string;
  readonly #onLinger: () => void;
  readonly #askedAtMs = Date.now();
  #answeredAtMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  stdout = '';

  constructor(nonce: string, onLinger: () => void) {
    this.#nonce = nonce;
    this.#onLinger = onLinger;
  }

  feed(text: string): void {
    this.stdout += text;
    // The clock is the first frame: its answer is seen long before the script ends, which keeps the window narrow.
    if (this.#answeredAtMs === undefined && this.stdout.includes(`${this.#nonce} end `)) {
      this.#answeredAtMs = Date.now();
    }
    if (this.#timer === undefined && this.stdout.endsWith(`${this.#nonce} done\n`)) {
      this.#timer = setTimeout(this.#onLinger, LINGER_MS);
    }
  }

  asked(): Asked {
    return { askedAtMs: this.#askedAtMs, answeredAtMs: this.#answeredAtMs ?? Date.now() };
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}
