import type { Become } from '../spec/types.js';
import type { Line } from './dial.js';
import { lostDuring } from './failure.js';
import type { AskSecret } from './questions.js';
import { labelOf } from './script.js';
import { SshFiles } from './ssh-files.js';
import { SshScripts } from './ssh-scripts.js';
import type { ExecOptions, ExecResult, FileAttributes, Target, TargetCounters } from './target.js';
import { shScript } from './words.js';

const CLOSE_MS = 1_000;

export interface SshSetup {
  node: string;
  line: Line;
  become: Become;
  user: string;
  askSecret: AskSecret | undefined;
  reproduce: string;
}

/** A node over one kept SSH connection. */
export class SshTarget implements Target {
  readonly node: string;
  readonly counters: TargetCounters;
  readonly #line: Line;
  readonly #files: SshFiles;
  readonly #scripts: SshScripts;
  readonly #gone = new AbortController();
  /** Why the line is gone; undefined while it stands. */
  #lost: Error | undefined;

  constructor(setup: SshSetup) {
    const { node, line, become, user } = setup;
    this.node = node;
    this.#line = line;
    const counters = countersOf(line);
    this.counters = counters;
    const onChannel = () => {
      counters.channels += 1;
    };
    this.#scripts = new SshScripts({
      ...setup,
      client: line.client,
      lost: () => this.#lost,
      onChannel,
      giveSessionUp: () => this.#files.giveSessionUp(),
    });
    this.#files = new SshFiles({
      node,
      // SFTP works as the login user, so it is of use to root only.
      client: become === 'none' && user === 'root' ? line.client : undefined,
      run: (script, label) => this.#scripts.run(script, label),
      onChannel,
      checkLine: (label) => {
        if (this.#lost) throw lostDuring(node, label, this.#lost, setup.reproduce);
      },
      gone: this.#gone.signal,
    });
    line.client.on('error', (error) => {
      this.#lost ??= error;
    });
    line.client.on('close', () => {
      this.#lost ??= new Error('the node closed the connection');
      this.#gone.abort();
    });
  }

  async script(script: string, options: ExecOptions = {}): Promise<ExecResult> {
    return this.#scripts.run(script, labelOf(script), options);
  }

  async exec(words: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
    return this.script(shScript(words), options);
  }

  async readFile(path: string): Promise<string | undefined> {
    return this.#files.read(path);
  }

  async writeFile(path: string, content: string, attributes: FileAttributes): Promise<void> {
    return this.#files.write(path, content, attributes);
  }

  /** Ends the connection; resolves when it is closed, at the latest after two seconds. */
  async close(): Promise<void> {
    const { client, hops, socket } = this.#line;
    await this.#scripts.killsDone();
    if (!socket.destroyed) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => socket.destroy(), CLOSE_MS);
        socket.once('close', () => {
          clearTimeout(timer);
          resolve();
        });
        client.end();
        for (const hop of [...hops].reverse()) hop.end();
      });
    }
    this.#lost ??= new Error('the connection was closed by hastconf');
  }
}

/** Bytes are those of this machine's own TCP connection, encryption included. */
function countersOf({ socket, hops }: Line): TargetCounters {
  return {
    connections: hops.length + 1,
    channels: 0,
    get bytesSent() {
      return socket.bytesWritten;
    },
    get bytesReceived() {
      return socket.bytesRead;
    },
  };
}
