import { execFile } from 'node:child_process';
import {
  chownSync,
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { CommandResult, Talk } from '../types.js';
import { decodeBytes, encodeBytes } from './bytes.js';
import type { Owner } from './files.js';
import { hostProgram } from './programs.js';
import { parseRequest, type StubRequest } from './request.js';
import { SlotTalk } from './slot-talk.js';
import { relay, SLOTS } from './stub.js';

const run = promisify(execFile);
const { O_RDONLY, O_RDWR, O_NONBLOCK, O_NOFOLLOW, O_WRONLY, O_CREAT, O_TRUNC, O_DIRECTORY } = constants;
/** A lock this old (ms) whose owner has not said anything belongs to a stub that was killed while starting. */
const STALE_LOCK_MS = 5_000;

/** How a call ends: output and exit code, or shell text for the stub to run, which must end in an exit. */
export type Answer = CommandResult | { script: string };

export interface StubCall extends StubRequest {
  stdin(): Promise<string>;
  talk(): Talk;
  signal: AbortSignal;
}

export type CallHandler = (call: StubCall) => Promise<Answer>;

interface Slot {
  number: number;
  /** Held read-write: a stub never waits to open it, and what a killed stub left can be drained. */
  reply: number;
  out: number;
  socket: Socket | undefined;
  received: Buffer;
  abort: AbortController | undefined;
  stdin: { resolve: (text: string) => void; reject: (error: Error) => void } | undefined;
}

/** The lab's end of the stubs of one node. */
export class Slots {
  readonly #directory: number;
  readonly #locks: number;
  readonly #handle: CallHandler;
  readonly #slots: Slot[] = [];
  #sweeper: NodeJS.Timeout | undefined;
  #closed = false;

  private constructor(root: string, handle: CallHandler) {
    this.#directory = openSync(join(root, '.lab/s'), O_RDONLY | O_DIRECTORY);
    this.#locks = openSync(join(root, '.lab/l'), O_RDONLY | O_DIRECTORY);
    this.#handle = handle;
  }

  /** Makes the FIFOs below the node's root and answers what comes through them. */
  static async open(root: string, owner: Owner | undefined, handle: CallHandler): Promise<Slots> {
    await makeSlots(root, owner);
    const slots = new Slots(root, handle);
    for (let number = 0; number < SLOTS; number++) slots.#add(number);
    slots.#sweeper = setInterval(() => slots.#sweep(), STALE_LOCK_MS).unref();
    return slots;
  }

  /** Ends all calls and closes every descriptor. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#sweeper);
    for (const slot of this.#slots) {
      slot.abort?.abort(new Error('the lab stopped'));
      slot.socket?.destroy();
      closeSync(slot.reply);
      closeSync(slot.out);
    }
    closeSync(this.#directory);
    closeSync(this.#locks);
  }

  #path(slot: Slot, name: string): string {
    return `/proc/self/fd/${this.#directory}/${slot.number}/${name}`;
  }

  #add(number: number): void {
    const base = `/proc/self/fd/${this.#directory}/${number}`;
    const slot: Slot = {
      number,
      reply: openSync(`${base}/r`, O_RDWR | O_NONBLOCK | O_NOFOLLOW),
      out: openSync(`${base}/out`, O_RDWR | O_NOFOLLOW),
      socket: undefined,
      received: Buffer.alloc(0),
      abort: undefined,
      stdin: undefined,
    };
    this.#slots.push(slot);
    this.#listen(slot);
  }

  #listen(slot: Slot): void {
    const fd = openSync(this.#path(slot, 'q'), O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
    const socket = new Socket({ fd, readable: true, writable: false });
    slot.socket = socket;
    socket.unref();
    socket.on('data', (chunk: Buffer) => this.#receive(slot, chunk));
    socket.on('end', () => this.#free(slot));
    socket.on('error', () => socket.destroy());
  }

  #receive(slot: Slot, chunk: Buffer): void {
    if (slot.abort) {
      // After its request a stub says only that its stdin has been stored.
      const waiting = slot.stdin;
      slot.stdin = undefined;
      waiting?.resolve(decodeBytes(readFileSync(this.#path(slot, 'in'))));
      return;
    }
    slot.received = slot.received.length === 0 ? chunk : Buffer.concat([slot.received, chunk]);
    const request = parseRequest(slot.received);
    if (request) void this.#serve(slot, request);
  }

  async #serve(slot: Slot, request: StubRequest): Promise<void> {
    const abort = new AbortController();
    slot.abort = abort;
    slot.received = Buffer.alloc(0);
    let input: Promise<string> | undefined;
    const stdin = () => {
      input ??= this.#askStdin(slot, abort.signal);
      return input;
    };
    let answer: Answer;
    try {
      const talk = () => this.#talk(slot, abort.signal);
      answer = await this.#handle({ ...request, stdin, talk, signal: abort.signal });
    } catch (error) {
      if (abort.signal.aborted) return;
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      answer = { code: 125, stdout: '', stderr: `lab: ${request.program}: ${text}\n` };
    }
    if (!abort.signal.aborted) this.#answer(slot, answer);
  }

  #askStdin(slot: Slot, signal: AbortSignal): Promise<string> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      slot.stdin = { resolve, reject };
      writeSync(slot.reply, 'stdin\n');
    });
  }

  #talk(slot: Slot, signal: AbortSignal): Talk {
    const talk = new SlotTalk(this.#path(slot, 'up'), this.#path(slot, 'down'), signal);
    writeSync(slot.reply, 'talk\n');
    return talk;
  }

  /** Both kinds of text end in an exit: what a longer one has left behind it in the file is never read. */
  #answer(slot: Slot, answer: Answer): void {
    const script = Buffer.from('script' in answer ? answer.script : this.#script(slot, answer), 'latin1');
    writeSync(slot.out, script, 0, script.length, 0);
    writeSync(slot.reply, 'go\n');
  }

  #script(slot: Slot, result: CommandResult): string {
    const inside = `/.lab/s/${slot.number}`;
    const outputs = [
      { name: 'o1', ...relay(encodeBytes(result.stdout), '', `${inside}/o1`) },
      { name: 'o2', ...relay(encodeBytes(result.stderr), '>&2', `${inside}/o2`) },
    ];
    for (const { name, file } of outputs) {
      if (file) this.#writeSide(slot, name, file);
    }
    return `${outputs.map(({ script }) => script).join('')}exit ${result.code}\n`;
  }

  #writeSide(slot: Slot, name: string, content: Buffer): void {
    const fd = openSync(this.#path(slot, name), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o644);
    try {
      writeFileSync(fd, content);
    } finally {
      closeSync(fd);
    }
  }

  /** The stub is gone, answered or killed: the slot is for the next one. */
  #free(slot: Slot): void {
    slot.socket?.destroy();
    if (this.#closed) return;
    slot.abort?.abort(new Error('the calling process ended'));
    slot.abort = undefined;
    slot.stdin = undefined;
    slot.received = Buffer.alloc(0);
    this.#drain(slot);
    this.#listen(slot);
    rmSync(`/proc/self/fd/${this.#locks}/${slot.number}`, { force: true });
  }

  #drain(slot: Slot): void {
    const scratch = Buffer.alloc(64);
    try {
      while (readSync(slot.reply, scratch) > 0);
    } catch {
      // EAGAIN: empty
    }
  }

  #sweep(): void {
    for (const slot of this.#slots) {
      if (slot.abort || slot.received.length > 0) continue;
      const lock = `/proc/self/fd/${this.#locks}/${slot.number}`;
      const made = statSync(lock, { throwIfNoEntry: false })?.mtimeMs;
      if (made !== undefined && Date.now() - made > STALE_LOCK_MS) rmSync(lock, { force: true });
    }
  }
}

async function makeSlots(root: string, owner: Owner | undefined): Promise<void> {
  const mkfifo = await hostProgram('mkfifo');
  const base = join(root, '.lab');
  const fifos: string[] = [];
  const give = (path: string) => owner && chownSync(path, owner.uid, owner.gid);
  mkdirSync(join(base, 'l'), { recursive: true });
  give(join(base, 'l'));
  for (let number = 0; number < SLOTS; number++) {
    const directory = join(base, 's', String(number));
    mkdirSync(directory, { recursive: true });
    fifos.push(...['q', 'r', 'up', 'down'].map((name) => join(directory, name)));
    writeFileSync(join(directory, 'out'), '');
    writeFileSync(join(directory, 'in'), '');
    give(join(directory, 'in'));
  }
  await run(mkfifo ?? 'mkfifo', fifos);
  for (const fifo of fifos) give(fifo);
}
