import { BLANK } from '../facts/ends-script.js';
import { stepScript, words } from '../plan/shell.js';
import { asShown } from '../plan/steps/metadata.js';
import type { Step } from '../plan/types.js';
import { STATE_DIR } from '../spec/paths.js';
import type { ClusterSpec, ResourceSpec } from '../spec/types.js';

/** What lies on a provider: a copy that was never in use, an older one, or what its ends show (BLANK: nothing). */
export type Shown = { kind: 'new' } | { kind: 'old'; resuid: string } | { kind: 'ends'; ends: string };

/**
 * `hastctl create` on a node that serves nothing. Everything that could make it the wrong node or the wrong disk is
 * looked at again right before. The agent stops meanwhile (it starts again should this fail), and forgets what it knew of
 * a copy that is no more: it then counts as one that never had any data.
 */
export function newCopyStep(
  spec: ClusterSpec,
  node: string,
  { name, local }: ResourceSpec,
  shown: Shown,
): Step {
  const path = local[node]!;
  const wipes = shown.kind === 'ends' && shown.ends !== BLANK;
  const create = shown.kind === 'new' ? '' : `+ hastctl create ${name}`;
  return {
    id: `${node}/metadata/${name}`,
    node,
    phase: 'metadata',
    title: `${shown.kind === 'new' ? 'Take up the' : 'Make a'} new copy of ${name} on ${path}`,
    risk: shown.kind === 'new' || (shown.kind === 'ends' && !wipes) ? 'none' : 'destroys',
    diff: [...(wipes ? [`+ zeros over the first and the last megabyte of ${path}`] : []), create]
      .filter((line) => line !== '')
      .join('\n'),
    action: {
      kind: 'script',
      timeoutMs: 240_000,
      script: stepScript(newCopyScript(spec, node, name, path, shown)),
    },
    verify: stepScript(`${DUMP_VALUE}\n[ "$(dump_value ${words(name)} resource)" = ${words(name)} ]`),
  };
}

const DUMP_VALUE = `
dump_value() {
	hastctl dump "$1" 2>/dev/null | while read -r _key _value; do
		if [ "$_key" = "$2:" ]; then printf '%s\\n' "$_value"; break; fi
	done
}`;

function newCopyScript(spec: ClusterSpec, node: string, name: string, path: string, shown: Shown): string {
  const names = words(...spec.resources.map((resource) => resource.name));
  return `
resource=${words(name)}
provider=${words(path)}
${DUMP_VALUE}
nothing_serves() {
	for _name in ${names}; do
		! has_role "$_name" primary || refuse "$_name is primary on ${node}: its copy is in use"
		[ ! -e "/dev/hast/$_name" ] || refuse "/dev/hast/$_name is there on ${node}: its copy is in use"
	done
	case $(mount -p) in */dev/hast/*) refuse ${words(`something of /dev/hast is mounted on ${node}`)} ;; esac
}
nothing_serves
made=
trap '[ -n "$made" ] || service carp_hast start </dev/null >/dev/null 2>&1' EXIT
service carp_hast stop </dev/null >/dev/null 2>&1 || fail "the agent does not stop"
nothing_serves
${beforeCreate(shown)}
nothing_serves
rm -f ${words(`${STATE_DIR}/record`, `${STATE_DIR}/lone`)} || exit 1
${shown.kind === 'new' ? ':' : CREATE}
made=yes`;
}

/** The role goes first: a worker would keep its old metadata in memory. */
function beforeCreate(shown: Shown): string {
  const noRole =
    'hastctl role init "$resource" || { hastd_said "$resource"; fail "hastd does not let go of $resource"; }';
  if (shown.kind === 'ends') return `${noRole}\n${asShown(shown.ends, 'replace')}`;
  const resuid = shown.kind === 'new' ? '0' : shown.resuid;
  return `[ "$(dump_value "$resource" resuid)" = ${words(resuid)} ] || refuse "$provider has changed since it was shown: run replace again"
${shown.kind === 'new' ? '' : noRole}`;
}

const CREATE =
  'has_role "$resource" init || refuse "$resource has a role again"\nhastctl create "$resource" || { hastd_said "$resource"; fail "could not create $resource anew"; }';
