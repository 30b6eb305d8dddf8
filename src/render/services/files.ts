import { CTL_FILE, EXPORTS_FILE, SMB_FILE, SMB_MAIN } from '../../spec/paths.js';
import type { ClusterSpec, NodeSpec } from '../../spec/types.js';
import { fill } from '../engine.js';
import type { GeneratedFile, RenderSecrets } from '../types.js';
import { ctlView, exportsView, lunsOf, nfsOf, sharesOf, smbView } from './views.js';

/** The files of the servers, for both nodes; none where nothing is served. */
export function servingFiles(spec: ClusterSpec, secrets: RenderSecrets): GeneratedFile[] {
  const own = [...exportsFile(spec), ...ctlFile(spec, secrets), ...smbFiles(spec)];
  return spec.nodes.flatMap((node) => own.map((make) => make(node)));
}

type Make = (node: NodeSpec) => GeneratedFile;

function exportsFile(spec: ClusterSpec): Make[] {
  const nfs = nfsOf(spec);
  if (nfs === undefined) return [];
  const content = fill('exports.hbs', exportsView(spec, nfs));
  return [
    ({ name }) => ({
      kind: 'whole',
      node: name,
      path: EXPORTS_FILE,
      content,
      attributes: { owner: 'root', group: 'wheel', mode: 0o644 },
      secrets: [],
    }),
  ];
}

function ctlFile(spec: ClusterSpec, secrets: RenderSecrets): Make[] {
  const luns = lunsOf(spec);
  if (luns.length === 0) return [];
  const content = fill('ctl.conf.hbs', ctlView(spec, luns, secrets));
  return [
    ({ name }) => ({
      kind: 'whole',
      node: name,
      path: CTL_FILE,
      content,
      attributes: { owner: 'root', group: 'wheel', mode: 0o600 },
      secrets: Object.values(secrets.chap ?? {}),
    }),
  ];
}

/** The include stands in a [global] of its own: Samba reads sections of one name as one. */
function smbFiles(spec: ClusterSpec): Make[] {
  const shares = sharesOf(spec);
  if (shares.length === 0) return [];
  const content = fill('smb4.conf.hbs', smbView(spec, shares));
  return [
    ({ name }) => ({
      kind: 'whole',
      node: name,
      path: SMB_FILE,
      content,
      attributes: { owner: 'root', group: 'wheel', mode: 0o644 },
      secrets: [],
    }),
    ({ name }) => ({
      kind: 'block',
      node: name,
      path: SMB_MAIN,
      lines: ['[global]', `include = ${SMB_FILE}`],
      secrets: [],
    }),
  ];
}
