import type { ClusterSpec, ServiceSpec } from '../../spec/types.js';
import { bothNodes, failed } from '../finding.js';
import type { Answer, DoctorNode, FactsCheck, Finding } from '../types.js';

interface Identity {
  /** Whole files that clients would notice a difference of. */
  files: readonly string[];
  /** Variables of rc.conf. */
  variables: readonly string[];
  sysctls: readonly string[];
}

/** What makes a service the same one to its clients on either node. */
export const IDENTITY: Readonly<Record<Exclude<ServiceSpec['type'], 'rc' | 'jail'>, Identity>> = {
  nfs: {
    files: ['/etc/exports', '/usr/local/etc/hastconf/exports'],
    variables: ['nfs_server_flags', 'mountd_flags', 'nfsv4_server_enable', 'nfs_reserved_port_only'],
    sysctls: ['vfs.nfsd.scope', 'vfs.nfsd.owner_major', 'vfs.nfsd.server_min_minorversion4'],
  },
  iscsi: { files: ['/etc/ctl.conf'], variables: ['ctld_flags'], sysctls: [] },
  samba: { files: ['/usr/local/etc/smb4.conf'], variables: [], sysctls: [] },
};

export const serviceIdentity: FactsCheck = {
  id: 'service-identity',
  title: 'Services are the same to clients on both nodes',
  meaning:
    'An export, serial number or name that differs makes the other node another server to its clients: they hang or lose their locks.',
  test: (subject) => bothNodes(subject, (first, second) => sameServices(subject.spec, first, second)),
};

function sameServices(spec: ClusterSpec, first: DoctorNode, second: DoctorNode): Answer {
  const types = [...new Set(spec.services.map(({ type }) => type))];
  const findings = types.flatMap((type) => [
    ...(type === 'rc' || type === 'jail' ? [] : typeFindings(type, first, second)),
  ]);
  return { findings: [...findings, ...missing(spec, [first, second])] };
}

function typeFindings(type: keyof typeof IDENTITY, first: DoctorNode, second: DoctorNode): Finding[] {
  const { files, variables, sysctls } = IDENTITY[type];
  const differ = (what: string) =>
    failed(
      undefined,
      `${what} differs between ${first.name} and ${second.name}`,
      'make it the same on both nodes',
    );
  return [
    ...files
      .filter((path) => first.facts.files[path]?.content !== second.facts.files[path]?.content)
      .map((path) => differ(path)),
    ...variables
      .filter((name) => first.facts.rc[name] !== second.facts.rc[name])
      .map((name) => differ(`${name} in rc.conf`)),
    ...sysctls
      .filter((name) => first.facts.sysctls[name] !== second.facts.sysctls[name])
      .map((name) => differ(name)),
  ];
}

/** A service that only one node has is found missing at the next fail-over. */
function missing(spec: ClusterSpec, nodes: readonly DoctorNode[]): Finding[] {
  const names = spec.services.flatMap((service) => (service.type === 'rc' ? [service.name] : []));
  return nodes.flatMap(({ name, facts }) =>
    names
      .filter((service) => facts.services[service]?.exists === false)
      .map((service) =>
        failed(name, `${name} has no service ${service}`, `install it on ${name}, as on the other node`),
      ),
  );
}
