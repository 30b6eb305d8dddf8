import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Lab, LabOptions } from '../lab/lab.js';
import { type DiskProfile, defaultDisks } from '../lab/world/profile.js';
import { clusterFile } from './cluster.js';
import { Meter, type MeterCounts } from './meter.js';

/** What one command has cost on each node. */
export type NodeCost = MeterCounts & { channels: number };

/** A fresh lab whose nodes are reached through meters. */
export interface MeteredPair {
  dir: string;
  lab: Lab;
  /** Costs by node since the last call. */
  take(): NodeCost[];
  stop(): Promise<void>;
}

/** Starts a lab with so many data disks; its clock jumps over waits, so that wall time is work. */
export async function meteredPair(resources: number): Promise<MeteredPair> {
  const { startLab } = await import('../lab/lab.js');
  // Nothing of a lab keeps a process alive: without this it could end in the middle of stopping one.
  const alive = setInterval(() => undefined, 1000);
  const dir = await mkdtemp(join(tmpdir(), 'hastconf-bench-'));
  const disks = manyDisks(resources);
  const options: LabOptions = { dir, accelerate: 'jump', disks: { hasta: disks, hastb: disks } };
  const lab = await startLab(options);
  const meters = await Promise.all(lab.nodes.map((node) => Meter.before(node.port)));
  const ports = lab.nodes.map((node, index) => [node.port, meters[index]?.port ?? 0] as const);
  await writeFile(
    join(dir, 'cluster.yaml'),
    meteredCluster(
      resources,
      dir,
      ports.map(([, port]) => port),
    ),
  );
  await writeFile(
    join(dir, 'known_hosts'),
    withPorts(await readFile(join(dir, 'known_hosts'), 'utf8'), ports),
  );
  const channelsBefore = lab.nodes.map((node) => node.ssh.counters.channels);
  return {
    dir,
    lab,
    take: () =>
      lab.nodes.map(({ ssh }, index) => {
        const channels = ssh.counters.channels - (channelsBefore[index] ?? 0);
        channelsBefore[index] = ssh.counters.channels;
        return { channels, ...(meters[index]?.take() ?? { connections: 0, sent: 0, received: 0 }) };
      }),
    async stop() {
      await Promise.all(meters.map((meter) => meter.close()));
      await lab.stop();
      clearInterval(alive);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** The measured machine's system disk and as many data disks as there are resources. */
function manyDisks(count: number): DiskProfile[] {
  const [system, data] = defaultDisks();
  if (!system || !data) throw new Error('the lab has no disks of its own');
  const more = Array.from({ length: count }, (_, index) => ({ ...data, name: `vtbd${index + 1}` }));
  return [system, ...more];
}

function meteredCluster(resources: number, dir: string, ports: readonly number[]): string {
  return ports.reduce(
    (text, port, index) =>
      text.replace(
        `ssh: { host: 192.0.2.${11 + index} }`,
        `ssh: { host: 127.0.0.1, port: ${port}, user: root, identity: ${dir}/id_ed25519 }`,
      ),
    clusterFile(resources),
  );
}

function withPorts(knownHosts: string, ports: readonly (readonly [number, number])[]): string {
  return ports.reduce((text, [own, metered]) => text.replaceAll(`]:${own} `, `]:${metered} `), knownHosts);
}
