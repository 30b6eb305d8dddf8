import { randomBytes } from 'node:crypto';
import { DONE, type Frames, parseFrames, prelude } from '../../facts/frames.js';
import type { Probes } from '../types.js';

/**
 * Runs `body` (sh, with `frame` and `bounded` of the facts script) as root on a node and takes its frames apart.
 * Throws when it did not run to its end: what it did not say is not known.
 */
export async function askNode(probes: Probes, node: string, body: string, seconds: number): Promise<Frames> {
  const nonce = randomBytes(16).toString('hex');
  const result = await probes
    .target(node)
    .script(`${prelude(nonce)}${body}${DONE}`, { timeoutMs: seconds * 1000, signal: probes.signal });
  const { frames, complete } = parseFrames(result.stdout, nonce);
  if (!complete) {
    const words = result.stderr.trim() || `exit ${result.code ?? result.signal}`;
    throw new Error(`${node}: the question was not answered to its end: ${words}`);
  }
  return frames;
}
