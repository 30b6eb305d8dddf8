import { mkdtemp } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { ExitCode, HastconfError } from '../errors.js';
import { type DaemonState, removeState, startTimeOf, writeState } from './daemon-state.js';
import { Frame, frame, onFrames, pump } from './frames.js';
import type { ServedLab } from './served.js';

const requestSchema = z.discriminatedUnion('verb', [
  z.object({
    verb: z.literal('exec'),
    node: z.string(),
    words: z.array(z.string()).min(1),
    env: z.record(z.string(), z.string()),
  }),
  z.object({ verb: z.literal('sftp'), node: z.string() }),
  z.object({ verb: z.literal('fault'), name: z.string(), args: z.array(z.string()) }),
  z.object({ verb: z.literal('status') }),
  z.object({ verb: z.literal('save'), name: z.string() }),
  z.object({ verb: z.literal('restart'), from: z.string().optional() }),
  z.object({ verb: z.literal('stop') }),
]);
export type DaemonRequest = z.infer<typeof requestSchema>;

/** The last word on a request. */
export interface DaemonAnswer {
  code?: number;
  /** Name of the signal that ended the program. */
  signal?: string;
  text?: string;
  /** What `text` says, for programs. */
  data?: unknown;
  status?: unknown;
  error?: { exit: number; message: string; detail?: string; remedy?: string };
}

/** Serves `hastconf lab …` on a unix socket; resolves when it does. */
export async function startDaemon(lab: ServedLab): Promise<{ stopped: Promise<void>; stop: () => void }> {
  const socket = join(await mkdtemp(join(tmpdir(), 'hastconf-lab-')), 'control');
  const state = stateOf(lab, socket);
  let stop = () => {};
  const asked = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const server = createServer((client) => serve(client, lab, { socket, stop, stopped }));
  const stopped = asked.then(async () => {
    server.close();
    await lab.stop();
    await removeState(lab.dir, state);
  });
  await listen(server, socket);
  await writeState(lab.dir, state);
  return { stopped, stop };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
}

function serve(client: Socket, lab: ServedLab, daemon: Omit<Handling, 'relayTo'>): void {
  let input: ((kind: number, payload: Buffer) => void) | undefined;
  client.on('error', () => undefined); // the asker is gone
  const finish = (answer: DaemonAnswer) => client.end(frame(Frame.Answer, JSON.stringify(answer)));
  onFrames(client, (kind, payload) => {
    if (kind !== Frame.Request) return input?.(kind, payload);
    const waiting: [number, Buffer][] = [];
    input = (...early) => waiting.push(early);
    const relayTo = (sink: (kind: number, payload: Buffer) => void) => {
      input = sink;
      for (const [early, bytes] of waiting) sink(early, bytes);
    };
    handle(client, lab, payload, { relayTo, ...daemon }).then(finish, (error: unknown) =>
      finish({ error: told(error) }),
    );
  });
}

interface Handling {
  relayTo: (sink: (kind: number, payload: Buffer) => void) => void;
  /** Path of the daemon's own socket. */
  socket: string;
  stop: () => void;
  stopped: Promise<void>;
}

async function handle(
  client: Socket,
  lab: ServedLab,
  payload: Buffer,
  handling: Handling,
): Promise<DaemonAnswer> {
  const request = requestSchema.parse(JSON.parse(payload.toString()));
  switch (request.verb) {
    case 'exec':
      return exec(client, lab, request, handling.relayTo);
    case 'sftp':
      return sftp(client, lab, request.node, handling.relayTo);
    case 'fault':
      return lab.fault(request.name, request.args);
    case 'status':
      return { status: await lab.status() };
    case 'save':
      if (!lab.save) throw onlyMachines('save');
      return { text: await lab.save(request.name) };
    case 'restart':
      if (!lab.restart) throw onlyMachines('up --from');
      await lab.restart(request.from);
      await writeState(lab.dir, stateOf(lab, handling.socket));
      return {};
    case 'stop':
      handling.stop();
      await handling.stopped;
      return {};
  }
}

function onlyMachines(command: string): HastconfError {
  const message = `hastconf lab ${command} is for real machines; simulated nodes start in a second`;
  return new HastconfError(ExitCode.Usage, message, { remedy: 'See: hastconf lab up --image FILE' });
}

function stateOf(lab: ServedLab, socket: string): DaemonState {
  const nodes = lab.nodes.map(({ name, port }) => ({ name, port }));
  return { pid: process.pid, startTime: startTimeOf(process.pid), socket, nodes };
}

async function exec(
  client: Socket,
  lab: ServedLab,
  request: Extract<DaemonRequest, { verb: 'exec' }>,
  relayTo: Handling['relayTo'],
): Promise<DaemonAnswer> {
  const program = await lab.spawn(request.node, request.words, request.env);
  const { stdin, stdout, stderr } = program;
  stdin.on('error', () => undefined); // EPIPE: it need not read
  relayTo((kind, bytes) => {
    if (kind === Frame.StdinEnd) stdin.end();
    else if (kind === Frame.Stdin && !stdin.write(bytes)) {
      client.pause();
      stdin.once('drain', () => client.resume());
      stdin.once('close', () => client.resume());
    }
  });
  if (client.destroyed) program.abandon();
  client.once('close', () => program.abandon());
  pump(stdout, client, Frame.Stdout);
  pump(stderr, client, Frame.Stderr);
  return program.ended;
}

/** Relays the raw SFTP protocol of a node, for a real sshd's subsystem in front of it. */
async function sftp(
  client: Socket,
  lab: ServedLab,
  node: string,
  relayTo: Handling['relayTo'],
): Promise<DaemonAnswer> {
  if (!lab.sftp) throw new HastconfError(ExitCode.Usage, 'this lab’s machines serve SFTP themselves');
  const { channel, end } = await lab.sftp(node);
  channel.on('error', () => undefined);
  relayTo((kind, bytes) => {
    if (kind === Frame.StdinEnd) channel.end();
    else if (kind === Frame.Stdin) channel.write(bytes);
  });
  client.once('close', end);
  pump(channel, client, Frame.Stdout);
  return new Promise((resolve) => {
    channel.once('close', () => {
      end();
      resolve({ code: 0 });
    });
  });
}

function told(error: unknown): NonNullable<DaemonAnswer['error']> {
  if (!(error instanceof HastconfError)) {
    return { exit: 1, message: error instanceof Error ? error.message : String(error) };
  }
  const { exit, message, detail, remedy } = error;
  return { exit, message, ...(detail !== undefined && { detail }), ...(remedy !== undefined && { remedy }) };
}
