import type { HastDaemon } from '../formats/hast-types.js';
import { MANAGED } from '../spec/derive.js';
import type { NodeReading } from './reading.js';
import { type AdoptFinding, finding } from './types.js';

/** What the first apply does to a hast.conf of somebody else's. */
export function hastConfFindings(node: NodeReading): AdoptFinding[] {
  const config = node.hast?.config;
  if (!config) return [];
  const at = { node: node.name };
  const findings: AdoptFinding[] = [];
  if (!node.ours) {
    findings.push(
      finding('replaced', `hastconf did not write /etc/hast.conf of ${node.name}`, {
        ...at,
        remedy: 'apply replaces it, after a backup, and only with --destroy NODE:/etc/hast.conf',
      }),
    );
  }
  const programs = new Set([config.settings.exec, ...config.resources.map(({ settings }) => settings.exec)]);
  for (const program of programs) {
    if (program === undefined || program === MANAGED.agent) continue;
    const remedy = 'the agent calls what lies in /usr/local/etc/hastconf/hooks.d, with words of its own';
    findings.push(
      finding('replaced', `hast.conf of ${node.name} has exec ${program}; hastd is going to call the agent`, {
        ...at,
        remedy,
      }),
    );
  }
  return [...findings, ...lostSettings(node)];
}

/** Settings of hast.conf(5) that the cluster file has no key for. */
function lostSettings({ name: node, hast }: NodeReading): AdoptFinding[] {
  const config = hast?.config;
  if (!config) return [];
  const lost: string[] = [];
  const daemon = (part: HastDaemon, where: string): void => {
    if (part.control !== undefined) lost.push(`control ${part.control}${where}`);
    if (part.pidfile !== undefined) lost.push(`pidfile ${part.pidfile}${where}`);
    for (const address of part.listen) lost.push(`listen ${address}${where}`);
  };
  daemon(config.daemon, '');
  for (const section of config.nodes) daemon(section, ` (on ${section.node})`);
  if (config.settings.metaflush === false) lost.push('metaflush off');
  for (const resource of config.resources) {
    const of = ` (resource ${resource.name})`;
    if (resource.settings.metaflush === false) lost.push(`metaflush off${of}`);
    for (const section of resource.nodes) {
      if (section.metaflush === false) lost.push(`metaflush off${of}`);
    }
    const device = [resource.provname, ...resource.nodes.map(({ provname }) => provname)].find(
      (own) => own !== undefined && own !== resource.name,
    );
    if (device !== undefined) lost.push(`name ${device}${of}: the device becomes /dev/hast/${resource.name}`);
  }
  return [...new Set(lost)].map((what) =>
    finding('inexpressible', `hast.conf of ${node}: ${what} is lost`, { node }),
  );
}
