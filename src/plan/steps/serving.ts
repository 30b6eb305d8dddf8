import type { NodeFacts } from '../../facts/types.js';
import { CTL_FILE, EXPORTS_FILE, SMB_FILE, SMB_MAIN } from '../../spec/paths.js';
import { isPending } from '../notice.js';
import { toldServices } from '../releases.js';
import { isRunning, serviceCall, serviceTitle } from '../service-calls.js';
import { stepScript } from '../shell.js';
import type { Noticer, PlanInput, Step } from '../types.js';

type Server = 'nfsd' | 'mountd' | 'ctld' | 'samba_server';

/** Servers of base and ports that read a file of hastconf's, and the rc.conf variables that they start with. */
const SERVERS: Readonly<
  Record<'nfs' | 'iscsi' | 'samba', { stops: readonly Server[]; flags: RegExp; reads: Noticer }>
> = {
  // nfsd before mountd: a client that asks for a file meanwhile waits, instead of being told that it may not.
  nfs: { stops: ['nfsd', 'mountd'], flags: /^(nfs_server|mountd|nfsv4_server)_/, reads: 'mountd' },
  iscsi: { stops: ['ctld'], flags: /^ctld_/, reads: 'ctld' },
  samba: { stops: ['samba_server'], flags: /^samba_server_/, reads: 'samba_server' },
};

/** Who reads a file of hastconf's that is to take effect while the server goes on. */
export const READERS: Readonly<Record<string, Noticer>> = {
  [EXPORTS_FILE]: 'mountd',
  [CTL_FILE]: 'ctld',
  [SMB_FILE]: 'samba_server',
  [SMB_MAIN]: 'samba_server',
};

/** rc.d refuses to start mountd and ctld without the file of their own, whatever their flags say. */
const REQUIRED: Readonly<Record<'nfs' | 'iscsi', { path: string; mode: string }>> = {
  nfs: { path: '/etc/exports', mode: '0644' },
  iscsi: { path: '/etc/ctl.conf', mode: '0600' },
};

function kindsOf({ spec }: PlanInput): ('nfs' | 'iscsi' | 'samba')[] {
  return (['nfs', 'iscsi', 'samba'] as const).filter((kind) =>
    spec.services.some(({ type }) => type === kind),
  );
}

/** What has to be there before a server can start, and what must not go on as it was started. */
export function servingSteps(input: PlanInput): Step[] {
  return input.spec.nodes.flatMap(({ name }) => {
    const facts = input.facts[name]!;
    return [
      ...requiredFiles(input, facts),
      ...restartsOn(input, facts).map((server) => stopStep(facts, server)),
    ];
  });
}

function requiredFiles(input: PlanInput, { node, files }: NodeFacts): Step[] {
  return kindsOf(input).flatMap((kind): Step[] => {
    if (kind === 'samba' || files[REQUIRED[kind].path] !== undefined) return [];
    const { path, mode } = REQUIRED[kind];
    return [
      {
        id: `${node}/modules${path}`,
        node,
        phase: 'modules',
        title: `Write an empty ${path}`,
        risk: 'none',
        diff: `+ ${path}`,
        action: {
          kind: 'script',
          script: stepScript(`[ -e ${path} ] || install -m ${mode} /dev/null ${path}`),
        },
        verify: `[ -f ${path} ]`,
      },
    ];
  });
}

/** Servers that run, and were started by somebody else, or with flags that are to change. */
export function restartsOn(input: PlanInput, facts: NodeFacts): Server[] {
  const told = toldServices(facts);
  return kindsOf(input).flatMap((kind) => {
    const { stops, flags } = SERVERS[kind];
    const changed = input.files.some(
      (file) =>
        file.kind === 'variables' &&
        file.node === facts.node &&
        file.variables.some(({ name, value }) => flags.test(name) && facts.rc[name] !== value),
    );
    return stops.filter((name) => facts.services[name]?.running && (changed || !told.includes(name)));
  });
}

function stopStep({ node }: NodeFacts, server: Server): Step {
  return {
    id: `${node}/modules/service/${server}`,
    node,
    phase: 'modules',
    title: `Stop ${serviceTitle(server)}`,
    risk: 'disturbs',
    impact: {
      kind: 'interruption',
      seconds: 5,
      detail: `${server} runs as it was started before; from now on the agent starts it where the storage is, on the shared address`,
    },
    diff: `- ${serviceCall(server, 'start')}`,
    action: {
      kind: 'script',
      script: stepScript(`${isRunning(server)} || exit 0\n${serviceCall(server, 'stop')} </dev/null`),
    },
    verify: `! ${isRunning(server)}`,
  };
}

/** Files that changed are read anew by servers that go on: mountd suspends nfsd meanwhile (-S), ctld keeps its sessions. */
export function rereadSteps(input: PlanInput): Step[] {
  return input.spec.nodes.flatMap(({ name }) => {
    const facts = input.facts[name]!;
    const stopped: readonly string[] = restartsOn(input, facts);
    return kindsOf(input).flatMap((kind): Step[] => {
      const { reads } = SERVERS[kind];
      const running = facts.services[reads]?.running === true && !stopped.includes(reads);
      if (!isPending(facts, reads) && !(running && changesFor(input, facts, reads))) return [];
      return [rereadStep(facts, reads)];
    });
  });
}

function changesFor({ files }: PlanInput, facts: NodeFacts, reader: Noticer): boolean {
  return files.some(
    (file) =>
      file.kind === 'whole' &&
      file.node === facts.node &&
      READERS[file.path] === reader &&
      facts.files[file.path]?.content !== file.content,
  );
}

function rereadStep({ node }: NodeFacts, server: Noticer): Step {
  return {
    id: `${node}/agent/reload/${server}`,
    node,
    phase: 'agent',
    title: `Reload ${server}`,
    risk: 'none',
    impact: { kind: 'reload', detail: `${server} reads its file anew; its clients go on` },
    diff: `+ ${serviceCall(server, 'reload')}`,
    action: {
      kind: 'script',
      script: stepScript(`${isRunning(server)} || exit 0\n${serviceCall(server, 'reload')} </dev/null`),
    },
    notices: server,
  };
}
