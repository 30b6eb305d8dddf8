import { timingSafeEqual } from 'node:crypto';
import ssh2, { type Client, type ClientChannel } from 'ssh2';
import { ExitCode, HastconfError } from '../../errors.js';
import type { RunningProgram } from '../served.js';
import { loginCommand } from './words.js';

/** One login costs a second or three on an emulated machine, and more when others compute beside it. */
const LOGIN_LIMIT_MS = 20_000;
const CHANNEL_LIMIT_MS = 20_000;
/** sshd's MaxSessions is 10. */
const MOST_CHANNELS = 9;

export interface LoginSetup {
  node: string;
  port: number;
  /** OpenSSH private key. */
  key: string;
  /** The machine's public host key, `ssh-ed25519 BASE64 …`. */
  hostKey: string;
}

interface Line {
  client: Client;
  channels: number;
}

/** Root's logins on a machine: connections are kept, a program needs only a channel. */
export class Logins {
  readonly #setup: LoginSetup;
  readonly #lines = new Set<Line>();
  #opening: Promise<void> | undefined;

  constructor(setup: LoginSetup) {
    this.#setup = setup;
  }

  /** Starts a program. Throws exit 4 when the machine does not answer. */
  async spawn(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<RunningProgram> {
    const line = await this.#line();
    try {
      const channel = await this.#channel(line, loginCommand(words, env));
      channel.once('close', () => line.channels--);
      return program(channel);
    } catch (error) {
      line.client.destroy();
      this.#lines.delete(line);
      throw this.#unreachable(error);
    }
  }

  /** Whether the machine lets root in; one attempt. */
  async answers(): Promise<boolean> {
    return this.#line().then(
      (line) => line.channels-- > 0,
      () => false,
    );
  }

  /** Forgets all connections, which a power cut or a restored state has made worthless. */
  drop(): void {
    for (const { client } of this.#lines) client.destroy();
    this.#lines.clear();
  }

  /** A connection with room for one more channel, which is counted already. */
  async #line(): Promise<Line> {
    for (;;) {
      for (const line of this.#lines) {
        if (line.channels >= MOST_CHANNELS) continue;
        line.channels++;
        return line;
      }
      this.#opening ??= this.#open().finally(() => {
        this.#opening = undefined;
      });
      await this.#opening;
    }
  }

  async #open(): Promise<void> {
    const client = await connect(this.#setup).catch((error: unknown) => {
      throw this.#unreachable(error);
    });
    const line = { client, channels: 0 };
    this.#lines.add(line);
    client.once('close', () => this.#lines.delete(line));
  }

  #channel({ client }: Line, command: string): Promise<ClientChannel> {
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => reject(new Error('sshd does not answer')), CHANNEL_LIMIT_MS);
      const gone = () => reject(new Error('the connection was lost'));
      client.once('close', gone);
      client.exec(command, (error, channel) => {
        clearTimeout(limit);
        client.off('close', gone);
        if (error) reject(error);
        else resolve(channel);
      });
    });
  }

  #unreachable(cause: unknown): HastconfError {
    const { node } = this.#setup;
    const detail = cause instanceof HastconfError ? cause.detail : String((cause as Error).message ?? cause);
    return new HastconfError(ExitCode.Unreachable, `${node} does not answer by SSH`, {
      node,
      ...(detail !== undefined && { detail }),
      cause,
    });
  }
}

function connect({ port, key, hostKey }: LoginSetup): Promise<Client> {
  const expected = Buffer.from(hostKey.split(' ')[1] ?? '', 'base64');
  const client = new ssh2.Client();
  return new Promise((resolve, reject) => {
    client.once('ready', () => resolve(client));
    client.on('error', reject);
    client.once('close', () => reject(new Error('the connection was closed')));
    client.connect({
      host: '127.0.0.1',
      port,
      username: 'root',
      privateKey: key,
      readyTimeout: LOGIN_LIMIT_MS,
      hostVerifier: (given: Buffer) => given.length === expected.length && timingSafeEqual(given, expected),
    });
  });
}

function program(channel: ClientChannel): RunningProgram {
  const ended = new Promise<{ code: number } | { signal: string }>((resolve) => {
    let end: { code: number } | { signal: string } = { code: 255 };
    channel.once('exit', (code: number | null, signal?: string) => {
      end = code === null ? { signal: `SIG${(signal ?? 'KILL').replace(/^SIG/, '')}` } : { code };
    });
    channel.once('close', () => resolve(end));
  });
  return { stdin: channel, stdout: channel, stderr: channel.stderr, ended, abandon: () => channel.close() };
}
