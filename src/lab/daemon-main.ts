import { HastconfError } from '../errors.js';
import { startDaemon } from './daemon.js';
import type { LabOptions } from './lab.js';
import type { MachineLabOptions } from './machines/lab.js';
import type { ServedLab } from './served.js';

/** What the background process tells the one that started it. */
export type DaemonNews =
  | { ready: true }
  | { ready: false; exit: number; message: string; detail?: string | undefined; remedy?: string | undefined };

/** Which kind of lab is wanted, and how. */
export type DaemonOptions = ({ kind: 'simulated' } & LabOptions) | ({ kind: 'machines' } & MachineLabOptions);

async function start(options: DaemonOptions): Promise<ServedLab> {
  if (options.kind === 'simulated') return (await import('./simulated.js')).serveSimulated(options);
  return (await import('./machines/lab.js')).startMachines(options);
}

/** Entry of the lab's background process; options come as JSON in the first argument, news go over IPC. */
async function main(): Promise<void> {
  const options = JSON.parse(process.argv[2] ?? '{}') as DaemonOptions;
  const tell = (news: DaemonNews) =>
    new Promise<void>((resolve) => {
      if (process.send) process.send(news, () => resolve());
      else resolve();
    });
  // Whoever started it is gone before it was up: nobody would ever stop it.
  const forsaken = () => process.exit(1);
  process.once('disconnect', forsaken);
  try {
    const { stop, stopped } = await startDaemon(await start(options));
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop);
    process.off('disconnect', forsaken);
    await tell({ ready: true });
    process.disconnect?.();
    await stopped;
    process.exit(0);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const known = error instanceof HastconfError ? error : undefined;
    if (!known) process.stderr.write(`${error instanceof Error ? error.stack : message}\n`);
    await tell({
      ready: false,
      exit: known?.exit ?? 1,
      message,
      detail: known?.detail,
      remedy: known?.remedy,
    });
    process.exit(1);
  }
}

await main();
