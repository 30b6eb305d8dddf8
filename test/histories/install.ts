import type { Lab } from '../../src/lab/lab.js';
import { render } from '../../src/render/render.js';
import { placeholderChap } from '../../src/spec/chap-secrets.js';
import { parseSpec } from '../../src/spec/load.js';
import { Secret } from '../../src/spec/secret.js';

export const NODES = { hasta: '192.168.50.11', hastb: '192.168.50.12' } as const;
export type NodeName = keyof typeof NODES;
export const NAMES = ['hasta', 'hastb'] as const;
export const other = (node: NodeName): NodeName => (node === 'hasta' ? 'hastb' : 'hasta');

export const AGENT = '/usr/local/sbin/carp-hast-switch';
export const PASSWORD = 'secret';

/** What a pair of the histories carries; the defaults are one UFS on one resource. */
export interface PairPlan {
  /** Lines of the cluster file's `resources`, by name. */
  resources?: Readonly<Record<string, string>>;
  storage?: readonly string[];
  services?: readonly string[];
  onDemoteFailure?: 'reboot';
  /** Further words of the cluster file's `agent`. */
  agent?: string;
  /** Run on the primary once every resource is primary and connected: makes the file systems. */
  format?: string;
  /** Run on both nodes before their metadata is made: makes the providers. */
  prepare?: string;
  /** Files of both nodes, by path; programs. */
  programs?: Readonly<Record<string, string>>;
}

const clusterText = (plan: PairPlan): string => {
  const resources = plan.resources ?? { disk0: '/dev/vtbd1' };
  const list = (title: string, entries: readonly string[]) =>
    entries.length === 0 ? '' : `${title}:\n${entries.map((entry) => `  - ${entry}\n`).join('')}`;
  return `version: 1
name: pair1
nodes:
  hasta: { ssh: { host: ${NODES.hasta} }, replication: 10.77.0.1, interface: vtnet1 }
  hastb: { ssh: { host: ${NODES.hastb} }, replication: 10.77.0.2, interface: vtnet1 }
carp: { address: 192.168.50.10/24, vhid: 1 }
resources:
${Object.entries(resources)
  .map(([name, local]) => `  ${name}: { local: ${local} }\n`)
  .join(
    '',
  )}${list('storage', plan.storage ?? ['{ type: ufs, resource: disk0, mountpoint: /hast/disk0 }'])}${list('services', plan.services ?? [])}agent: { bootWait: 30s, onDemoteFailure: ${plan.onDemoteFailure ?? 'alert'}${plan.agent === undefined ? '' : `, ${plan.agent}`} }
`;
};

/** Runs a script as root on the node; throws with its words when it fails. */
export async function must(lab: Lab, node: string, script: string): Promise<string> {
  const { code, stdout, stderr } = await lab.exec(node, script);
  if (code !== 0) throw new Error(`${node}: exit ${code}: ${script}\n${stdout}${stderr}`);
  return stdout;
}

/** Puts on fresh lab nodes what `apply` would, without its SSH: rendered files, keys, roles, storage, agent. */
export async function install(lab: Lab, plan: PairPlan): Promise<void> {
  const spec = parseSpec(clusterText(plan), 'cluster.yaml');
  const hints = { nodes: { hasta: { lanAddress: NODES.hasta }, hastb: { lanAddress: NODES.hastb } } };
  for (const file of render(
    spec,
    { carpPassword: new Secret(PASSWORD), chap: placeholderChap(spec, 'ASecretOfTests') },
    hints,
  )) {
    const { files } = lab.node(file.node).host;
    if (file.kind === 'whole') await files.write(file.path, file.content, file.attributes.mode);
    if (file.kind === 'variables')
      await must(
        lab,
        file.node,
        file.variables.map(({ name, value }) => `sysrc ${name}="${value}" >/dev/null\n`).join(''),
      );
    if (file.kind === 'block')
      await files.write(file.path, `${(await files.read(file.path)) ?? ''}${file.lines.join('\n')}\n`);
  }
  const names = Object.keys(plan.resources ?? { disk0: '' }).join(' ');
  await Promise.all(NAMES.map((node) => prepare(lab, node, names, plan)));
  await exchangeKeys(lab, 'hasta', 'hastb', 2);
  await exchangeKeys(lab, 'hastb', 'hasta', 1);
  await must(lab, 'hastb', `hastctl role secondary ${names}`);
  const format = plan.format ?? 'newfs -U -j /dev/hast/disk0 >/dev/null';
  await must(lab, 'hasta', `hastctl role primary ${names}; sleep 1; ${format}`);
  for (const node of ['hastb', 'hasta'])
    await must(lab, node, 'service devd restart; service carp_hast start');
}

async function prepare(lab: Lab, node: NodeName, resources: string, plan: PairPlan): Promise<void> {
  const { files } = lab.node(node).host;
  for (const [path, text] of Object.entries(plan.programs ?? {})) await files.write(path, text, 0o755);
  await must(
    lab,
    node,
    `pw useradd hastpeer -d /var/db/hastconf/peer -s /bin/sh -w no -c "hastconf peer"
mkdir -p /var/db/hastconf/peer/.ssh /var/db/hastconf/spool /usr/local/etc/hastconf/hooks.d /hast/disk0
chmod 777 /var/db/hastconf/spool
ssh-keygen -q -t ed25519 -N "" -f /usr/local/etc/hastconf/id_ed25519 -C agent
${plan.prepare ?? ':'}
kldload -n carp; sysctl net.inet.carp.preempt=1
hastctl create ${resources}; service hastd start
ifconfig vtnet1 vhid 1 advskew 240 pass ${PASSWORD} alias 192.168.50.10/32`,
  );
}

async function exchangeKeys(lab: Lab, from: NodeName, to: NodeName, number: number): Promise<void> {
  const key = (await must(lab, from, 'cat /usr/local/etc/hastconf/id_ed25519.pub')).trim();
  const host = (await must(lab, to, 'cat /etc/ssh/ssh_host_ed25519_key.pub')).trim();
  const options = `no-port-forwarding,no-X11-forwarding,no-agent-forwarding,no-pty,command="${AGENT} peer"`;
  const authorized = '/var/db/hastconf/peer/.ssh/authorized_keys';
  await lab.node(to).host.files.write(authorized, `${options} ${key}\n`, 0o644);
  const known = `10.77.0.${number},${NODES[to]} ${host}\n`;
  await lab.node(from).host.files.write('/usr/local/etc/hastconf/known_hosts', known, 0o644);
}
