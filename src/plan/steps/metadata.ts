import { BLANK, endsFunctions, WIPE_FUNCTIONS } from '../../facts/ends-script.js';
import type { NodeFacts } from '../../facts/types.js';
import type { ResourceSpec } from '../../spec/types.js';
import { consentFor, needsCreate } from '../destructions.js';
import { stepScript, words } from '../shell.js';
import type { PlanInput, Step } from '../types.js';

/** `hastctl create` where a provider has no metadata of its resource, and only there. */
export function metadataSteps(input: PlanInput): Step[] {
  return input.spec.nodes.flatMap((node) => {
    const facts = input.facts[node.name]!;
    return input.spec.resources
      .filter((resource) => needsCreate(resource.name, resource.local[node.name]!, facts))
      .map((resource) => createStep(input, facts, resource));
  });
}

function createStep(input: PlanInput, facts: NodeFacts, { name, local }: ResourceSpec): Step {
  const path = local[facts.node]!;
  const consented = consentFor(input, facts.node, path);
  const ends = facts.providers[path]?.ends ?? BLANK;
  const call = ['hastctl', 'create', ...sizeWords(input, local), name].join(' ');
  const wipes = consented && ends !== BLANK;
  return {
    id: `${facts.node}/metadata/${name}`,
    node: facts.node,
    phase: 'metadata',
    title: `Create HAST metadata of ${name} on ${path}`,
    risk: consented ? 'destroys' : 'none',
    diff: `${wipes ? `+ zeros over the first and the last megabyte of ${path}\n` : ''}+ ${call}`,
    action: {
      kind: 'script',
      script: createScript(name, path, wipes ? ends : BLANK, sizeWords(input, local)),
    },
    verify: `[ "$(hastctl dump ${words(name)} 2>/dev/null | head -n 1)" = ${words(`resource: ${name}`)} ]`,
  };
}

/** Of unequal providers both get the smaller one's size (hastctl(8), -m); preflight has had consent for that. */
function sizeWords({ facts }: PlanInput, local: ResourceSpec['local']): string[] {
  const sizes = Object.values(facts).flatMap(
    ({ node, providers }) => providers[local[node]!]?.mediaSize ?? [],
  );
  if (sizes.length < 2 || sizes.every((size) => size === sizes[0])) return [];
  return ['-m', String(Math.min(...sizes))];
}

/**
 * Looks at the machine again right before creating, because `hastctl create` exits 0 over a file system and
 * under a running worker, which then keeps its old metadata in memory. What is there must be what the plan showed.
 * Labels at the end would survive `create`: GEOM and ZFS would find them at the next boot, before hastd runs.
 */
function createScript(name: string, path: string, ends: string, size: readonly string[]): string {
  return stepScript(`
resource=${words(name)}
provider=${words(path)}
if [ "$(hastctl dump "$resource" 2>/dev/null | head -n 1)" = "resource: $resource" ]; then
	echo "already has metadata of $resource"
	exit 0
fi
role=$(list_value "$resource" role)
case $role in
''|init) ;;
*) refuse "$resource is $role on this node: metadata under a running resource would not be noticed" ;;
esac
${asShown(ends, 'apply')}
hastctl create ${size.length > 0 ? `${words(...size)} ` : ''}"$resource"`);
}

/**
 * Shell, for a `$provider`: goes on only while both its ends hold what was shown, and wipes what was shown and given up.
 * `again`: the command that looks anew.
 */
export function asShown(ends: string, again: string): string {
  return `${endsFunctions()}${WIPE_FUNCTIONS}
mark=$(ends_mark "$provider" provider)
${ends === BLANK ? REFUSE_CONTENT : wipeIfShown(ends, again)}`;
}

const REFUSE_CONTENT = `
[ "$mark" != unreadable ] || fail "both ends of $provider could not be read"
if [ "$mark" != blank ]; then
	refuse "$provider is not blank: $(content_name "$provider")"
fi`;

function wipeIfShown(ends: string, again: string): string {
  return `
if [ "$mark" != ${words(ends)} ]; then
	refuse "$provider has changed since the plan was shown: run ${again} again and look at the new one"
fi
media_of "$provider"
wipe_ends "$provider" || fail "$provider could not be overwritten: does something hold it open?"
[ "$(ends_mark "$provider" provider)" = blank ] || fail "$provider still holds something after it was overwritten"`;
}
