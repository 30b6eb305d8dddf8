import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { ExitCode } from '../errors.js';
import { type CommandContext, printResult } from '../io.js';
import { DirtyHistory, sparkline } from '../report/history.js';
import { clusterStatus } from '../report/status.js';
import { statusText } from '../report/status-text.js';
import type { ClusterStatus } from '../report/status-types.js';
import { bytes, duration } from '../report/text.js';
import { speaksUnicode } from '../report/unicode.js';
import { WatchScreen } from '../report/watch-screen.js';
import type { ClusterSpec } from '../spec/types.js';
import type { ClusterReader } from './cluster-reader.js';
import { type LastSeen, noteSeen } from './last-seen.js';

interface Watched {
  spec: ClusterSpec;
  reader: ClusterReader;
  seen: LastSeen;
  everyMs: number;
}

/** Shows one sample, and what came before it. */
type Show = (status: ClusterStatus, history: DirtyHistory) => void;

/**
 * Samples both nodes until Ctrl-C: in place on a terminal, one JSON document a line with --json, otherwise the text
 * whenever it says something new.
 */
export async function watch(context: CommandContext, watched: Watched): Promise<ExitCode> {
  const { io, global } = context;
  if (global.json) {
    await sampleUntilEnd(context, watched, (status) => printResult(io, JSON.stringify(status)));
  } else if (io.stdout.isTTY) {
    await onTerminal(context, watched);
  } else await sampleUntilEnd(context, watched, plainLines(context));
  return ExitCode.Interrupted;
}

async function sampleUntilEnd({ io }: CommandContext, watched: Watched, show: Show): Promise<void> {
  const { spec, reader, seen, everyMs } = watched;
  const history = new DirtyHistory();
  while (!io.signal.aborted) {
    const readings = await reader.read();
    if (io.signal.aborted) return;
    const lastSeen = await noteSeen(io.now(), readings, seen);
    history.add(clusterStatus(spec, readings, io.now()), performance.now());
    show(clusterStatus(spec, readings, io.now(), { lastSeen, rates: history.rates() }), history);
    await sleep(everyMs, undefined, { signal: io.signal }).catch(() => undefined);
  }
}

/** The last sample stays on the terminal when it is over. */
async function onTerminal(context: CommandContext, watched: Watched): Promise<void> {
  const { io, global } = context;
  const unicode = speaksUnicode(io.env);
  const screen = new WatchScreen(io.stdout);
  let last: ClusterStatus | undefined;
  const render = (status: ClusterStatus, columns: number) =>
    statusText(status, { color: global.color, width: Math.min(columns, 100) });
  try {
    await sampleUntilEnd(context, watched, (status, history) => {
      last = status;
      const foot = `every ${watched.everyMs / 1000} s, Ctrl-C ends it`;
      screen.show((columns) => {
        const picture = historyLine(history, unicode);
        const [head = '', ...rest] = render(status, columns).split('\n');
        return [`${head}, ${foot}`, ...(picture === '' ? [] : [picture]), ...rest].join('\n');
      });
    });
  } finally {
    screen.close();
  }
  if (last) printResult(io, render(last, io.stdout.columns ?? 80));
}

/** `dirty ▁▃▇▅▂ last 1 min, most 478MB`; nothing as long as nothing has been dirty. */
function historyLine(history: DirtyHistory, unicode: boolean): string {
  const totals = history.totals();
  const most = Math.max(0, ...totals.map((total) => total ?? 0));
  if (most === 0) return '';
  return `dirty ${sparkline(totals, unicode)} last ${duration(Math.round(history.spanMs() / 1000) * 1000)}, most ${bytes(most)}`;
}

function plainLines({ io }: CommandContext): Show {
  let shown = '';
  return (status) => {
    const text = statusText(status, { color: false, width: Math.min(io.stdout.columns ?? 80, 100) });
    // The first line is the time, and ages grow by themselves.
    const said = withoutTimes(text);
    if (said !== shown) printResult(io, `${shown === '' ? '' : '\n'}${text}`);
    shown = said;
  };
}

function withoutTimes(text: string): string {
  return text
    .split('\n')
    .slice(1)
    .join('\n')
    .replace(/(UTC, )[\d. a-z]+?( ago|$)/gm, '$1$2');
}
