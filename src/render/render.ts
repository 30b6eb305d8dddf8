import { ExitCode, HastconfError } from '../errors.js';
import { MANAGED } from '../spec/derive.js';
import type { ClusterSpec, NodeSpec } from '../spec/types.js';
import { agentScript } from './agent-script.js';
import { fill, readTemplate } from './engine.js';
import { servingFiles } from './services/files.js';
import type {
  BlockFile,
  GeneratedFile,
  RenderHints,
  RenderSecrets,
  VariablesFile,
  WholeFile,
} from './types.js';
import { validate } from './validate.js';
import { agentView, devdView, hastView, hostsView, lanAddressOf, rcView } from './view.js';

/** FreeBSD whose hints are not known: the one everything was measured on. */
const DEFAULT_OSRELDATE = 1302001;
/** First release whose devd reads /usr/local/etc/devd. */
const DEVD_LOCAL_DIRECTORY = 903000;
/** First release whose CARP talks to a peer's own address. */
const CARP_UNICAST = 1400000;

/**
 * Every file and every setting that hastconf puts on the two nodes. Pure: the same arguments give the same
 * bytes. Throws HastconfError where the pair cannot be described (exit 2) or would not work (exit 3).
 */
export function render(spec: ClusterSpec, secrets: RenderSecrets, hints: RenderHints): GeneratedFile[] {
  checkUnicast(spec, hints);
  const common = renderCommon(spec, hints);
  const serving = servingFiles(spec, secrets);
  const files = spec.nodes.flatMap((node) => [
    ...renderNode(spec, node, common, secrets, hints),
    ...serving.filter((file) => file.node === node.name),
  ]);
  validate(spec, files);
  return files;
}

/** What is the same on both nodes is rendered once: that is what makes it the same. */
interface Common {
  hast: string;
  devd: string;
  loader: string;
  sysctl: string;
  hosts: string;
  agent: string;
  rcScript: string;
}

function renderCommon(spec: ClusterSpec, hints: RenderHints): Common {
  return {
    hast: fill('hast.conf.hbs', hastView(spec, hints)),
    devd: fill('devd.conf.hbs', devdView(spec)),
    loader: fill('loader.conf.hbs', {}),
    sysctl: fill('sysctl.conf.hbs', {}),
    hosts: fill('hosts.hbs', hostsView(spec, hints)),
    agent: agentScript(),
    rcScript: readTemplate('agent/carp_hast'),
  };
}

function renderNode(
  spec: ClusterSpec,
  node: NodeSpec,
  common: Common,
  secrets: RenderSecrets,
  hints: RenderHints,
): GeneratedFile[] {
  return [
    whole(node, MANAGED.hastConf, 0o644, common.hast, 'hast.conf'),
    devdFile(node, common.devd, hints),
    rcVariables(spec, node, secrets, hints),
    block(node, MANAGED.loaderConf, common.loader),
    block(node, MANAGED.sysctlConf, common.sysctl),
    block(node, MANAGED.hosts, common.hosts),
    whole(node, MANAGED.agent, 0o755, common.agent, 'sh'),
    whole(node, MANAGED.rcScript, 0o755, common.rcScript, 'sh'),
    whole(node, MANAGED.agentConf, 0o600, fill('agent/agent.conf.hbs', agentView(spec, node, hints)), 'sh'),
  ];
}

function devdFile(node: NodeSpec, content: string, hints: RenderHints): GeneratedFile {
  const release = hints.nodes[node.name]?.osreldate ?? DEFAULT_OSRELDATE;
  return release >= DEVD_LOCAL_DIRECTORY
    ? whole(node, MANAGED.devd, 0o644, content, 'devd')
    : block(node, MANAGED.devdOld, content);
}

function rcVariables(
  spec: ClusterSpec,
  node: NodeSpec,
  secrets: RenderSecrets,
  hints: RenderHints,
): VariablesFile {
  const variables = lines(fill('rc.conf.hbs', rcView(spec, node, secrets, hints))).map((line) => {
    const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)="([^"]*)"$/.exec(line) ?? [];
    if (name === undefined || value === undefined)
      throw new Error('rc.conf.hbs has a line that is no variable');
    return { name, value };
  });
  return {
    kind: 'variables',
    node: node.name,
    path: MANAGED.rcConf,
    variables,
    secrets: [secrets.carpPassword],
  };
}

function whole(
  node: NodeSpec,
  path: string,
  mode: number,
  content: string,
  grammar: NonNullable<WholeFile['grammar']>,
): WholeFile {
  const attributes = { owner: 'root', group: 'wheel', mode };
  return { kind: 'whole', node: node.name, path, content, attributes, grammar, secrets: [] };
}

function block(node: NodeSpec, path: string, content: string): BlockFile {
  return { kind: 'block', node: node.name, path, lines: lines(content), secrets: [] };
}

function lines(content: string): string[] {
  return content.replace(/\n$/, '').split('\n');
}

function checkUnicast(spec: ClusterSpec, hints: RenderHints): void {
  if (!spec.carp.unicast) return;
  for (const node of spec.nodes) {
    const release = hints.nodes[node.name]?.osreldate;
    if (release !== undefined && release < CARP_UNICAST) {
      throw new HastconfError(ExitCode.Preflight, 'carp.unicast needs FreeBSD 14 or later', {
        node: node.name,
        detail: `kern.osreldate is ${release}`,
        remedy: 'leave carp.unicast out of the cluster file',
      });
    }
    if (lanAddressOf(spec, node, hints) === '') {
      throw new HastconfError(
        ExitCode.Usage,
        'carp.unicast needs the address that the node has on the clients’ network',
        {
          node: node.name,
          remedy: `give it as nodes.${node.name}.ssh.host, or run hastconf plan, which asks the node`,
        },
      );
    }
  }
}
