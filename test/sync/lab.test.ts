import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ExitCode } from '../../src/errors.js';
import { type Lab, startLab } from '../../src/lab/lab.js';
import { connect } from '../../src/remote/connect.js';
import type { Target } from '../../src/remote/target.js';
import { loadSpec } from '../../src/spec/load.js';
import type { ClusterSpec } from '../../src/spec/types.js';
import type { SyncProgress } from '../../src/sync/types.js';
import { type SyncWaitOptions, waitForSync } from '../../src/sync/wait.js';

const MB = 1024 * 1024;
const RATE = 8 * MB;

let lab: Lab;
let spec: ClusterSpec;
let targets: Target[];

async function on(node: string, script: string): Promise<string> {
  const { code, stdout, stderr } = await lab.exec(node, script);
  expect(code, `${node}: ${script}: ${stderr}`).toBe(0);
  return stdout;
}

function hastConf(): string {
  const side = (node: string, disk: string, peer: string) =>
    `\ton ${node} {\n\t\tlocal ${disk}\n\t\tremote tcp4://${peer}\n\t}\n`;
  const one = (name: string, disk: string) =>
    `resource ${name} {\n${side('hasta', disk, '10.77.0.2')}${side('hastb', disk, '10.77.0.1')}}\n`;
  return one('disk0', '/dev/vtbd1') + one('disk1', '/dev/vtbd2');
}

beforeAll(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'hastconf-sync-'));
  lab = await startLab({ dir, accelerate: 40, diskSize: 64 * MB, syncBytesPerSecond: RATE });
  spec = await loadSpec(lab.clusterFile);
  targets = await Promise.all(
    spec.nodes.map((node) =>
      connect(node, {
        acceptNewHostKeys: false,
        knownHostsFiles: [join(dirname(lab.clusterFile), 'known_hosts')],
      }),
    ),
  );
  for (const { name, host } of lab.nodes) {
    await host.files.write('/etc/hast.conf', hastConf());
    await on(name, 'hastctl create disk0 disk1 && sysrc hastd_enable=YES && service hastd start');
  }
  await on('hastb', 'hastctl role secondary disk0 disk1');
  await on('hasta', 'hastctl role primary disk0 disk1');
});

afterAll(async () => {
  await Promise.all((targets ?? []).map((target) => target.close()));
  await lab?.stop();
  if (lab) await rm(lab.dir, { recursive: true, force: true });
});

function wait(seen: SyncProgress[], options: Partial<SyncWaitOptions> = {}) {
  return waitForSync(targets, spec, {
    signal: new AbortController().signal,
    timeoutMs: 20_000,
    onProgress: (progress) => seen.push(progress),
    ...options,
  });
}

/** hastb loses its copy of disk0: everything must be copied again. */
async function loseCopy(): Promise<void> {
  await on('hastb', 'hastctl role init disk0 && hastctl create disk0 && hastctl role secondary disk0');
}

describe('waiting on two lab nodes over SSH', () => {
  it('finds a new pair in sync: nothing is copied', async () => {
    const outcome = await wait([]);
    expect(outcome).toMatchObject({ result: 'in-sync', progress: { dirty: 0, total: 0 } });
  });

  it('follows a full synchronisation with its true rate, over one channel a node', async () => {
    await loseCopy();
    const before = targets.map((target) => target.counters.channels);
    const seen: SyncProgress[] = [];
    const outcome = await wait(seen);
    expect(outcome.result).toBe('in-sync');
    const disk0 = seen.flatMap((progress) => progress.resources.filter((one) => one.resource === 'disk0'));
    const rates = disk0.flatMap((one) => (one.rate && (one.dirty ?? 0) < 40 * MB ? [one.rate] : []));
    // The node's clock runs 40 times as fast as ours: only its own clock gives the true rate.
    expect(rates.length).toBeGreaterThan(0);
    for (const rate of rates.slice(0, -1)) expect(rate / RATE).toBeGreaterThan(0.4);
    for (const rate of rates.slice(0, -1)) expect(rate / RATE).toBeLessThan(2);
    expect(outcome.progress.total).toBeGreaterThan(50 * MB);
    // One channel streams every look; ending it may take the target one more.
    const channels = targets.map((target, index) => target.counters.channels - (before[index] ?? 0));
    expect(Math.max(...channels)).toBeLessThanOrEqual(2);
    expect(disk0.length).toBeGreaterThan(10);
    expect(await on('hasta', "hastctl list disk0 | grep '  dirty'")).toBe('  dirty: 0 (0B)\n');
  });

  it('says at once that the connection is lost and that it is back', async () => {
    await loseCopy();
    const seen: SyncProgress[] = [];
    let cut = false;
    const outcome = await wait(seen, {
      onProgress: (progress) => {
        seen.push(progress);
        const one = progress.resources[0];
        if (!cut && one?.state === 'synchronising' && (one.dirty ?? 0) > 0) {
          cut = true;
          void lab.fault('cut-link', ['replication']);
        }
        if (one?.state === 'lost') void lab.fault('restore-link', ['replication']);
      },
    });
    expect(outcome.result).toBe('in-sync');
    const notices = seen
      .flatMap((progress) => progress.notices)
      .filter((notice) => notice.startsWith('disk0'));
    expect(notices.some((notice) => notice.includes('is lost'))).toBe(true);
    expect(notices.at(-1)).toBe('disk0: the nodes are connected again');
  });

  it('ends at once when a node loses its power', async () => {
    await loseCopy();
    const waiting = wait([], {
      onProgress: ({ dirty }) => {
        if (dirty > 0) void lab.fault('power-cut', ['hastb']);
      },
    });
    await expect(waiting).rejects.toMatchObject({ exit: ExitCode.Unreachable, node: 'hastb' });
  });
});
