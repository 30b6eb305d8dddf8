import { randomBytes } from 'node:crypto';
import { ExitCode, HastconfError } from '../errors.js';
import { parseHastList } from '../facts/hast-list.js';
import type { Target } from '../remote/target.js';
import { SampleReader } from './sample-reader.js';
import type { SyncSample } from './types.js';
import { HASTCTL_LIMIT_SECONDS, watchScript } from './watch-script.js';

/** Looks of one script; then it is started anew on the same connection, so that no output piles up for hours. */
const LOOKS_PER_SCRIPT = 600;
/** Scripts in a row that end without one look before the node is given up. */
const EMPTY_SCRIPTS_ALLOWED = 3;

export interface WatchOptions {
  intervalSeconds: number;
  /** Ends the watch; `watchNode` then resolves. */
  signal: AbortSignal;
  onSample: (sample: SyncSample) => void;
  /** Monotonic milliseconds. */
  now: () => number;
}

/**
 * Watches hastd on one node through one streaming channel until the signal is aborted.
 * Throws exit 4 when the connection is lost, exit 1 when the node will not run the script.
 */
export async function watchNode(target: Target, options: WatchOptions): Promise<void> {
  let empty = 0;
  while (!options.signal.aborted) {
    const ended = await watchOnce(target, options);
    if (options.signal.aborted) return;
    empty = ended.samples === 0 ? empty + 1 : 0;
    if (empty >= EMPTY_SCRIPTS_ALLOWED) {
      throw new HastconfError(ExitCode.StepFailed, `${target.node}: hastd cannot be watched`, {
        node: target.node,
        detail: ended.words,
        remedy: 'Run `hastctl list` on that node as root and look at what it says.',
      });
    }
  }
}

async function watchOnce(target: Target, options: WatchOptions): Promise<{ samples: number; words: string }> {
  const nonce = randomBytes(12).toString('hex');
  const reader = new SampleReader(target.node, nonce, parseHastList);
  let samples = 0;
  const script = watchScript({ nonce, intervalSeconds: options.intervalSeconds, polls: LOOKS_PER_SCRIPT });
  try {
    const result = await target.script(script, {
      timeoutMs: LOOKS_PER_SCRIPT * (options.intervalSeconds + HASTCTL_LIMIT_SECONDS + 5) * 1000,
      signal: options.signal,
      onStdout: (text) => {
        for (const sample of reader.feed(text, options.now())) {
          samples += 1;
          options.onSample(sample);
        }
      },
    });
    return { samples, words: `exit ${result.code ?? result.signal}: ${result.stderr.trim()}` };
  } catch (error) {
    // The channel was closed from here: whatever the target calls that is no failure of the node.
    if (options.signal.aborted) return { samples, words: '' };
    if (error instanceof HastconfError && error.exit === ExitCode.Timeout)
      return { samples, words: error.message };
    throw error;
  }
}
