import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Lab, startLab } from '../../src/lab/lab.js';
import { render } from '../../src/render/render.js';
import { parseSpec } from '../../src/spec/load.js';
import { Secret } from '../../src/spec/secret.js';

const NODES = { hasta: '192.168.50.11', hastb: '192.168.50.12' } as const;
export type NodeName = keyof typeof NODES;

const CLUSTER = `version: 1
name: pair1
nodes:
  hasta: { ssh: { host: 192.168.50.11 }, replication: 10.77.0.1, interface: vtnet1 }
  hastb: { ssh: { host: 192.168.50.12 }, replication: 10.77.0.2, interface: vtnet1 }
carp: { address: 192.168.50.10/24, vhid: 1 }
resources:
  disk0: { local: /dev/vtbd1 }
storage:
  - { type: ufs, resource: disk0, mountpoint: /hast/disk0 }
agent: { bootWait: 30s, onDemoteFailure: alert }
`;

export interface AgentStatus {
  state: string;
  fresh: string;
  epoch: number;
  agreedEpoch: number;
  reason: string;
  peerState: string;
  carp: { state: string; advskew: number | null };
  link: string;
  mounts: string[];
  alarms: string[];
  lastTransition: { from: string; to: string; reason: string; seconds: number } | null;
}

/** Two lab nodes with the agent installed and running, set up without hastconf's own apply. */
export class Pair {
  private constructor(
    readonly lab: Lab,
    private readonly dir: string,
  ) {}

  static async start(accelerate: number): Promise<Pair> {
    const dir = mkdtempSync(join(tmpdir(), 'hastconf-pair-'));
    const lab = await startLab({ dir, accelerate, warn: (text) => process.stderr.write(`${text}\n`) });
    const pair = new Pair(lab, dir);
    await pair.install();
    return pair;
  }

  async stop(): Promise<void> {
    await this.lab.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** Runs a script as root on the node; throws with its words when it fails. */
  async sh(node: NodeName, script: string): Promise<string> {
    const result = await this.lab.exec(node, script);
    if (result.code !== 0)
      throw new Error(`${node}: exit ${result.code}: ${script}\n${result.stdout}${result.stderr}`);
    return result.stdout;
  }

  async status(node: NodeName): Promise<AgentStatus> {
    return JSON.parse(await this.sh(node, '/usr/local/sbin/carp-hast-switch status --json')) as AgentStatus;
  }

  /** Looks every half simulated second until it is so; the seconds that it took. */
  async until(what: string, limit: number, so: () => Promise<boolean>): Promise<number> {
    const start = this.lab.clock.now();
    while (!(await so())) {
      if (this.lab.clock.now() - start > limit * 1000)
        throw new Error(`not within ${limit} s: ${what}\n${await this.story()}`);
      await this.lab.clock.sleep(500);
    }
    return (this.lab.clock.now() - start) / 1000;
  }

  /** One serves and the other is a fresh standby, both know it, and nothing is left to copy. */
  async settled(serving: NodeName, standby: NodeName, limit = 120): Promise<number> {
    return this.until(`${serving} serves, ${standby} is a fresh standby`, limit, async () => {
      const [first, second] = [await this.status(serving), await this.status(standby)];
      const serves = first.state === 'serving' && first.link === 'insync' && first.carp.state === 'MASTER';
      const ready = second.state === 'standby' && second.fresh === 'fresh' && second.carp.advskew === 20;
      return serves && ready && first.agreedEpoch === first.epoch && second.epoch === first.epoch;
    });
  }

  /** What must never be left behind on a node that has come to rest. */
  async leftovers(node: NodeName): Promise<string> {
    return this.sh(
      node,
      'netstat -rn -f inet | grep 127.0.0.1 | grep -v ^127; ls /var/run/hastconf | grep -E "rejected|request|done"; true',
    );
  }

  /** For failures: what both agents and kernels have said. */
  async story(): Promise<string> {
    const parts = (['hasta', 'hastb'] as const).map(async (node) => {
      const said = await this.lab
        .exec(
          node,
          'tail -n 40 /var/log/messages; hastctl status; ifconfig vtnet1; cat /var/db/hastconf/record /var/run/hastconf/public',
        )
        .catch((error: unknown) => ({ stdout: String(error), stderr: '' }));
      return `--- ${node}\n${said.stdout}${said.stderr}`;
    });
    return (await Promise.all(parts)).join('\n');
  }

  private async install(): Promise<void> {
    const spec = parseSpec(CLUSTER, 'cluster.yaml');
    const hints = { nodes: { hasta: { lanAddress: NODES.hasta }, hastb: { lanAddress: NODES.hastb } } };
    for (const file of render(spec, { carpPassword: new Secret('secret') }, hints)) {
      const { files } = this.lab.node(file.node).host;
      if (file.kind === 'whole') await files.write(file.path, file.content, file.attributes.mode);
      if (file.kind === 'variables')
        for (const { name, value } of file.variables)
          await this.sh(file.node as NodeName, `sysrc ${name}="${value}"`);
      if (file.kind === 'block')
        await files.write(file.path, `${(await files.read(file.path)) ?? ''}${file.lines.join('\n')}\n`);
    }
    for (const node of ['hasta', 'hastb'] as const) await this.prepare(node);
    await this.exchangeKeys('hasta', 'hastb', 2);
    await this.exchangeKeys('hastb', 'hasta', 1);
    await this.sh('hastb', 'hastctl role secondary disk0');
    await this.sh('hasta', 'hastctl role primary disk0; sleep 1; newfs -U -j /dev/hast/disk0 >/dev/null');
    for (const node of ['hastb', 'hasta'] as const)
      await this.sh(node, 'service devd restart; service carp_hast start');
  }

  private async prepare(node: NodeName): Promise<void> {
    await this.sh(
      node,
      `pw useradd hastpeer -d /var/db/hastconf/peer -s /bin/sh -w no -c "hastconf peer"
mkdir -p /var/db/hastconf/peer/.ssh /var/db/hastconf/spool /usr/local/etc/hastconf/hooks.d /hast/disk0
chmod 777 /var/db/hastconf/spool
ssh-keygen -q -t ed25519 -N "" -f /usr/local/etc/hastconf/id_ed25519 -C agent
kldload -n carp; sysctl net.inet.carp.preempt=1
hastctl create disk0; service hastd start
ifconfig vtnet1 vhid 1 advskew 240 pass secret alias 192.168.50.10/32`,
    );
  }

  private async exchangeKeys(from: NodeName, to: NodeName, number: number): Promise<void> {
    const key = (await this.sh(from, 'cat /usr/local/etc/hastconf/id_ed25519.pub')).trim();
    const host = (await this.sh(to, 'cat /etc/ssh/ssh_host_ed25519_key.pub')).trim();
    const options =
      'no-port-forwarding,no-X11-forwarding,no-agent-forwarding,no-pty,command="/usr/local/sbin/carp-hast-switch peer"';
    await this.lab
      .node(to)
      .host.files.write('/var/db/hastconf/peer/.ssh/authorized_keys', `${options} ${key}\n`, 0o644);
    const known = `10.77.0.${number},${NODES[to]} ${host}\n`;
    await this.lab.node(from).host.files.write('/usr/local/etc/hastconf/known_hosts', known, 0o644);
  }
}
