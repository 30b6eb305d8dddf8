import { setTimeout as sleep } from 'node:timers/promises';
import type { LineStream, NodeLink } from './node-link.js';
import type { Acknowledged } from './types.js';

/**
 * Appends a numbered line to a file on the storage and fsyncs it, every 50 ms; prints `a NUMBER` only when fsync(1)
 * has returned 0. Where the storage is not mounted the directory `live` is missing, and the loop prints `-` (which
 * also ends it when nobody listens any more). The file is open only in between: a writer holds no unmount up.
 */
export function writerScript(node: string, generation: number, directory: string): string {
  return `trap '' HUP INT TERM
cd /
n=0
file=${directory}/${node}.log
while :; do
	n=$((n + 1))
	if { echo "${node} ${generation} $n" >>"$file"; } 2>/dev/null && fsync "$file" 2>/dev/null; then
		echo "a $n" || exit
		sleep 0.05
	else
		echo - || exit
		sleep 0.2
	fi
done
`;
}

/** A writer on one machine that begins anew when its machine or its connection comes back. */
export class Writer {
  readonly acknowledged: Acknowledged[] = [];
  /** Tries that came to nothing: an error, or a file system that is not there. */
  refused = 0;
  readonly #link: NodeLink;
  readonly #directory: string;
  #generation = 0;
  #stopped = false;
  #stream: LineStream | undefined;
  #done: Promise<void> | undefined;

  constructor(link: NodeLink, directory: string) {
    this.#link = link;
    this.#directory = directory;
  }

  start(): void {
    this.#done = this.#keep();
  }

  /** No line is written any more when this resolves, unless its machine does not answer. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stream?.close();
    await this.#done;
  }

  async #keep(): Promise<void> {
    while (!this.#stopped) {
      this.#generation += 1;
      const generation = this.#generation;
      const script = writerScript(this.#link.name, generation, this.#directory);
      try {
        this.#stream = await this.#link.stream(script, (line) => this.#heard(generation, line));
        if (this.#stopped) this.#stream.close();
        await this.#stream.ended;
      } catch {
        // Its machine is off or does not answer yet.
      }
      if (!this.#stopped) await sleep(250);
    }
  }

  #heard(generation: number, line: string): void {
    if (line === '-') this.refused += 1;
    const number = /^a (\d+)$/.exec(line)?.[1];
    if (number === undefined) return;
    const { name } = this.#link;
    this.acknowledged.push({ node: name, line: `${name} ${generation} ${number}`, at: Date.now() });
  }
}
