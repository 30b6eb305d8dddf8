import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Client, type ClientChannel } from 'ssh2';

/** How a script on a machine ended; code null: it was not heard of in its time, or its connection was lost. */
export interface ShellResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A program on a machine whose lines are read as they come. */
export interface LineStream {
  /** Resolves when the program or the connection has ended. */
  ended: Promise<void>;
  close(): void;
}

/** A login between emulated machines takes some seconds. */
const LOGIN_MS = 45_000;
const COMMAND_MS = 30_000;

/**
 * One lasting SSH connection to a machine over its management network, made anew when it is gone. A machine whose
 * GEOM is stuck answers nothing, so that everything here has an end.
 */
export class NodeLink {
  readonly name: string;
  readonly #port: number;
  readonly #privateKey: string;
  #client: Promise<Client> | undefined;

  constructor(name: string, port: number, privateKey: string) {
    this.name = name;
    this.#port = port;
    this.#privateKey = privateKey;
  }

  /** Feeds `script` to /bin/sh. Never throws for what the script or the machine does. */
  async sh(script: string, timeoutMs = COMMAND_MS): Promise<ShellResult> {
    const deadline = AbortSignal.timeout(timeoutMs);
    try {
      const channel = await this.#open(deadline);
      return await collect(channel, script, deadline);
    } catch (error) {
      return { code: null, stdout: '', stderr: error instanceof Error ? error.message : String(error) };
    }
  }

  /** The script's stdout line by line. Throws when there is no connection within the time. */
  async stream(script: string, onLine: (line: string) => void, timeoutMs = LOGIN_MS): Promise<LineStream> {
    const channel = await this.#open(AbortSignal.timeout(timeoutMs));
    const lines = createInterface({ input: channel });
    lines.on('line', onLine);
    channel.stderr.resume();
    channel.on('error', () => undefined); // 'close' follows
    channel.end(script);
    const ended = new Promise<void>((resolve) => {
      channel.once('close', () => resolve());
    });
    return { ended, close: () => channel.destroy() };
  }

  /** The connection is not to be used any more: its machine has lost power. */
  drop(): void {
    const client = this.#client;
    this.#client = undefined;
    client?.then((open) => open.destroy()).catch(() => undefined);
  }

  async #open(deadline: AbortSignal): Promise<ClientChannel> {
    this.#client ??= this.#connect();
    const client = await raced(this.#client, deadline);
    return raced(
      new Promise<ClientChannel>((resolve, reject) => {
        client.exec('/bin/sh -s', (error, channel) => (error ? reject(error) : resolve(channel)));
      }),
      deadline,
    );
  }

  #connect(): Promise<Client> {
    const client = new Client();
    const made = new Promise<Client>((resolve, reject) => {
      client.once('ready', () => resolve(client));
      client.on('error', reject);
      client.once('close', () => reject(new Error(`${this.name}: the connection was closed`)));
    });
    const forget = () => {
      if (this.#client === made) this.#client = undefined;
    };
    client.once('close', forget);
    made.catch(() => {
      forget();
      client.destroy();
    });
    client.connect({
      host: '127.0.0.1',
      port: this.#port,
      username: 'root',
      privateKey: this.#privateKey,
      readyTimeout: LOGIN_MS,
    });
    return made;
  }
}

function raced<T>(work: Promise<T>, deadline: AbortSignal): Promise<T> {
  return Promise.race([
    work,
    new Promise<never>((_, reject) => {
      const late = () => reject(new Error('no answer in time'));
      if (deadline.aborted) late();
      else deadline.addEventListener('abort', late, { once: true });
    }),
  ]);
}

async function collect(channel: ClientChannel, script: string, deadline: AbortSignal): Promise<ShellResult> {
  let stdout = '';
  let stderr = '';
  let code: number | null = null;
  channel.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  channel.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  channel.on('error', () => undefined); // 'close' follows
  channel.once('exit', (status: number | null) => {
    code = status;
  });
  channel.end(script);
  try {
    await once(channel, 'close', { signal: deadline });
  } catch {
    channel.destroy();
    return { code: null, stdout, stderr: `${stderr}no answer in time` };
  }
  return { code, stdout, stderr };
}
