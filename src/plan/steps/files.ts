import type { NodeFacts } from '../../facts/types.js';
import { setBlock } from '../../formats/block.js';
import { removeRcVariables, setRcVariables } from '../../formats/rc-conf.js';
import type { FileAttributes } from '../../remote/target.js';
import type { BlockFile, GeneratedFile, VariablesFile, WholeFile } from '../../render/types.js';
import { AGENT_CONF, DEVD_CONF } from '../../spec/paths.js';
import { appliedBy, driftOf, forgottenKeys } from '../applied.js';
import { ownAliasVariables } from '../own-carp.js';
import { words } from '../shell.js';
import type { Noticer, Phase, PlanInput, Step } from '../types.js';
import { agentConfSteps } from './agent-conf.js';
import { READERS } from './serving.js';
import { type WantedFile, writeStep } from './write.js';

const SYSTEM_FILE: FileAttributes = { owner: 'root', group: 'wheel', mode: 0o644 };

/** hast.conf that hastctl accepts on this node; the resource does not exist, so a valid file ends with 65. */
const CHECK_HAST_CONF = 'hastctl dump -c "$1" __nosuch__ </dev/null; [ $? -eq 65 ]';
const CHECK_SH = 'sh -n "$1"';

/** Every generated file that is missing or differs. hast.conf comes last: the others are harmless without it. */
export function fileSteps(input: PlanInput): Step[] {
  return input.spec.nodes.flatMap((node) => {
    const facts = input.facts[node.name]!;
    const own = input.files.filter((file) => file.node === node.name);
    return [...own.filter((file) => !isHastConf(file)), ...own.filter(isHastConf)].flatMap((file) => {
      const wanted = wantedFile(file, facts, 'files');
      return file.path === AGENT_CONF ? agentConfSteps(input, facts, wanted) : writeStep(wanted);
    });
  });
}

function isHastConf(file: GeneratedFile): boolean {
  return file.path === '/etc/hast.conf';
}

function wantedFile(file: GeneratedFile, facts: NodeFacts, phase: Phase): WantedFile {
  const drift = driftOf(file, facts);
  const common = {
    facts,
    phase,
    path: file.path,
    secrets: file.secrets,
    applies: appliedBy(file),
    forgets: forgottenKeys(file, facts),
    ...(drift === undefined ? {} : { drift }),
  };
  switch (file.kind) {
    case 'whole':
      return {
        ...common,
        content: file.content,
        attributes: file.attributes,
        ...checkOf(file),
        ...noticedBy(file, facts),
      };
    case 'variables':
      return {
        ...common,
        content: withVariables(file, facts),
        attributes: kept(file, facts),
        validate: CHECK_SH,
        verify: [valuesRead(file), ...leftoversGone(file, facts)].join('\n'),
        ...(carpLineChanges(file, facts) ? { noticedBy: 'carp' as const } : {}),
      };
    case 'block':
      return { ...common, content: withBlock(file, facts), attributes: kept(file, facts) };
  }
}

function checkOf(file: WholeFile): { validate?: string } {
  if (file.grammar === 'hast.conf') return { validate: CHECK_HAST_CONF };
  return file.grammar === 'sh' ? { validate: CHECK_SH } : {};
}

function noticedBy({ path }: WholeFile, facts: NodeFacts): { noticedBy?: Noticer } {
  if (path === DEVD_CONF) return { noticedBy: 'devd' };
  // A server that does not run reads its file when it starts.
  const reader = READERS[path];
  if (reader !== undefined) return facts.services[reader]?.running ? { noticedBy: reader } : {};
  return path === '/etc/hast.conf' ? { noticedBy: 'hastd' } : {};
}

function carpLineChanges({ variables }: VariablesFile, facts: NodeFacts): boolean {
  return variables.some(({ name, value }) => name.startsWith('ifconfig_') && facts.rc[name] !== value);
}

function kept(file: GeneratedFile, facts: NodeFacts): FileAttributes {
  const current = facts.files[file.path];
  return current ? { owner: current.owner, group: current.group, mode: current.mode } : SYSTEM_FILE;
}

function withVariables(file: VariablesFile, facts: NodeFacts): string {
  const current = removeRcVariables(facts.files[file.path]?.content ?? '', leftovers(file, facts));
  const wrong = file.variables.filter(({ name, value }) => facts.rc[name] !== value);
  return wrong.length === 0 ? current : setRcVariables(current, wrong);
}

/** Alias lines that an older cluster file had: another interface, or another number. */
function leftovers({ variables }: VariablesFile, facts: NodeFacts): string[] {
  return ownAliasVariables(facts.rc).filter((name) => !variables.some((variable) => variable.name === name));
}

function withBlock(file: BlockFile, facts: NodeFacts): string {
  return setBlock(facts.files[file.path]?.content ?? '', file.lines);
}

/**
 * rc.conf.local and rc.conf.d are read after rc.conf: what counts is what rc reads in the end. What it reads is not
 * shown when it differs: it may be another CARP password.
 */
function valuesRead({ variables }: VariablesFile): string {
  return variables
    .map(({ name, value }) => {
      const read = `value=$(sysrc -n ${words(name)}) || exit 1`;
      return `${read}\n[ "$value" = ${words(value)} ] || { echo ${words(`${name} is set again elsewhere, in rc.conf.local or rc.conf.d`)} >&2; exit 1; }`;
    })
    .join('\n');
}

function leftoversGone(file: VariablesFile, facts: NodeFacts): string[] {
  return leftovers(file, facts).map((name) => {
    const why = words(
      `${name}, an old CARP address of hastconf's, is set elsewhere as well: take it away there`,
    );
    return `if sysrc -i -n ${words(name)} >/dev/null 2>&1; then echo ${why} >&2; exit 1; fi`;
  });
}
