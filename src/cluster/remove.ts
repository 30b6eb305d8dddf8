import type { FileFacts, NodeFacts } from '../facts/types.js';
import { removeBlock } from '../formats/block.js';
import { removeRcVariables, setRcVariables } from '../formats/rc-conf.js';
import { ownAliasVariables } from '../plan/own-carp.js';
import { stepScript, words } from '../plan/shell.js';
import { writeStep } from '../plan/steps/write.js';
import type { Step } from '../plan/types.js';
import {
  AGENT,
  AGENT_DIR,
  DEVD_CONF,
  PEER_HOME,
  PEER_USER,
  RC_SCRIPT,
  RUN_DIR,
  STATE_DIR,
} from '../spec/paths.js';
import { Secret } from '../spec/secret.js';
import type { ClusterSpec } from '../spec/types.js';

/** What was there before hastconf came, from the first backups that it made on a node. */
export interface Before {
  /** hast.conf of somebody else's; undefined: there was none. */
  hastConf: string | undefined;
  /** Variables of rc.conf that are hastconf's now and had a value then. */
  variables: Readonly<Record<string, string>>;
}

/** Seconds in which neither agent moves anything while they are taken away. */
const PAUSE_SECONDS = 900;
const BLOCK_FILES = ['/boot/loader.conf', '/etc/sysctl.conf', '/etc/hosts'];
export const OWN_VARIABLES = ['hastd_enable', 'carp_hast_enable'];

/**
 * Takes away what hastconf put on the nodes; pure. What serves goes on serving: roles, mounts, the
 * live address and hastd stay as they are, and nothing moves by itself any more.
 */
export function removeSteps(
  spec: ClusterSpec,
  facts: readonly NodeFacts[],
  before: Readonly<Record<string, Before>>,
): Step[] {
  return facts.flatMap((own) => [
    ...pauseStep(own),
    ...agentStep(own),
    ...fileSteps(own, before[own.node]),
    ...userStep(own),
    ...leftovers(spec, own),
  ]);
}

const common = (node: string, phase: Step['phase'], what: string) => ({
  id: `${node}/${phase}/${what}`,
  node,
  phase,
});

function pauseStep({ node, agent }: NodeFacts): Step[] {
  if (!agent) return [];
  return [
    {
      ...common(node, 'maintenance', 'on'),
      title: 'Turn fail-over off',
      risk: 'none',
      diff: `+ carp-hast-switch maintenance on ${PAUSE_SECONDS}`,
      action: {
        kind: 'script',
        timeoutMs: 150_000,
        script: stepScript(`${words(AGENT)} maintenance on ${PAUSE_SECONDS}`),
      },
    },
  ];
}

/** Not by `service carp_hast stop`: that hands the storage over. */
function agentStep({ node, services, files }: NodeFacts): Step[] {
  if (services.carp_hast?.running !== true && files[AGENT] === undefined) return [];
  return [
    {
      ...common(node, 'retire', 'agent'),
      title: 'End the agent, and leave the storage where it is',
      risk: 'disturbs',
      diff: '- carp_hast (no fail-over from now on)',
      action: {
        kind: 'script',
        timeoutMs: 90_000,
        script: stepScript(`
is_gone() { ! service carp_hast status >/dev/null 2>&1; }
rm -f ${words(DEVD_CONF, `${RUN_DIR}/armed`)}
service devd restart </dev/null >/dev/null || fail "devd does not start"
[ ! -r /var/run/carp_hast.pid ] || kill "$(cat /var/run/carp_hast.pid)" 2>/dev/null
until_true 30 is_gone || fail "the agent does not end"`),
      },
      verify: 'service devd status >/dev/null && ! service carp_hast status >/dev/null 2>&1',
    },
  ];
}

function fileSteps(own: NodeFacts, before: Before | undefined): Step[] {
  return [
    ...hastConf(own, before),
    ...rcConf(own, before),
    ...BLOCK_FILES.flatMap((path) => blockFile(own, path)),
  ];
}

/** Only a file that says that it is ours. hastd keeps what it has read until it is started anew. */
function hastConf(own: NodeFacts, before: Before | undefined): Step[] {
  const current = own.files['/etc/hast.conf'];
  if (!current || !isOurs(current)) return [];
  if (before?.hastConf !== undefined) return rewrite(own, '/etc/hast.conf', before.hastConf);
  return [
    {
      ...common(own.node, 'clean', 'etc/hast.conf'),
      title: 'Remove /etc/hast.conf',
      risk: 'none',
      diff: '- /etc/hast.conf',
      action: { kind: 'script', script: stepScript('rm -f /etc/hast.conf') },
      verify: '[ ! -e /etc/hast.conf ]',
    },
  ];
}

function isOurs({ content }: FileFacts): boolean {
  return content.split('\n', 3).some((line) => line.startsWith('#') && line.includes('hastconf'));
}

function rcConf(own: NodeFacts, before: Before | undefined): Step[] {
  const current = own.files['/etc/rc.conf'];
  if (!current) return [];
  const names = [...OWN_VARIABLES, ...ownAliasVariables(own.rc)];
  const old = Object.entries(before?.variables ?? {}).filter(([name]) => names.includes(name));
  const left = removeRcVariables(
    current.content,
    names.filter((name) => !old.some(([own]) => own === name)),
  );
  const content = setRcVariables(
    left,
    old.map(([name, value]) => ({ name, value })),
  );
  return rewrite(own, '/etc/rc.conf', content, 'sh -n "$1"');
}

function blockFile(own: NodeFacts, path: string): Step[] {
  const current = own.files[path];
  return current ? rewrite(own, path, removeBlock(current.content)) : [];
}

function rewrite(facts: NodeFacts, path: string, content: string, validate?: string): Step[] {
  const current = facts.files[path]!;
  if (current.content === content) return [];
  const { owner, group, mode } = current;
  const check = validate === undefined ? {} : { validate };
  return writeStep({
    facts,
    phase: 'clean',
    path,
    content,
    attributes: { owner, group, mode },
    secrets: passwordsOf(facts),
    ...check,
  });
}

/** Never shown: an alias line that goes carries the CARP password. */
function passwordsOf({ rc }: NodeFacts): Secret[] {
  return ownAliasVariables(rc).flatMap((name) => {
    const password = / pass (\S+) alias /.exec(rc[name]!)?.[1];
    return password === undefined ? [] : [new Secret(password)];
  });
}

function userStep({ node, peerUser }: NodeFacts): Step[] {
  if (!peerUser) return [];
  return [
    {
      ...common(node, 'clean', 'user'),
      title: `Remove user ${PEER_USER}`,
      risk: 'none',
      diff: `- user ${PEER_USER}`,
      action: { kind: 'script', script: stepScript(`pw userdel ${words(PEER_USER)}`) },
      verify: `! pw usershow ${words(PEER_USER)} >/dev/null 2>&1`,
    },
  ];
}

/** The backups and the journal stay: they tell what was there before. */
function leftovers(spec: ClusterSpec, { node, files, directories }: NodeFacts): Step[] {
  const own = [AGENT, RC_SCRIPT, DEVD_CONF].filter((path) => files[path] !== undefined);
  const there =
    own.length > 0 || directories[AGENT_DIR] !== undefined || directories[PEER_HOME] !== undefined;
  if (!there) return [];
  const state = ['record', 'lone', 'maintenance', 'applied', 'peer', 'spool', 'pending'];
  const paths = [AGENT, RC_SCRIPT, AGENT_DIR, RUN_DIR, ...state.map((name) => `${STATE_DIR}/${name}`)];
  return [
    {
      ...common(node, 'clean', 'agent'),
      title: `Remove the agent, its keys and its record of ${spec.name}`,
      risk: 'none',
      diff: paths.map((path) => `- ${path}`).join('\n'),
      action: {
        kind: 'script',
        script: stepScript(
          `umount ${words(RUN_DIR, `${STATE_DIR}/spool`)} 2>/dev/null\nrm -rf ${words(...paths)}`,
        ),
      },
      verify: paths.map((path) => `[ ! -e ${words(path)} ] || exit 1`).join('\n'),
    },
  ];
}
