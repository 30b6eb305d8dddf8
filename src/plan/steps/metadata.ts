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
  return {
    id: `${facts.node}/metadata/${name}`,
    node: facts.node,
    phase: 'metadata',
    title: `Create HAST metadata of ${name} on ${path}`,
    risk: consented ? 'destroys' : 'none',
    diff: `+ hastctl create ${name}`,
    action: { kind: 'script', script: createScript(name, path, consented) },
    verify: `[ "$(hastctl dump ${words(name)} 2>/dev/null | head -n 1)" = ${words(`resource: ${name}`)} ]`,
  };
}

/**
 * Looks at the machine again right before creating, because `hastctl create` exits 0 over a file system and
 * under a running worker, which then keeps its old metadata in memory.
 */
function createScript(name: string, path: string, consented: boolean): string {
  const look = consented ? '' : REFUSE_CONTENT;
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
${look}
hastctl create "$resource"`);
}

const REFUSE_CONTENT = `
if found=$(fstyp -u "$provider" 2>/dev/null) && [ -n "$found" ]; then
	refuse "$provider holds $found"
fi
if gpart show "\${provider#/dev/}" >/dev/null 2>&1; then
	refuse "$provider has a partition table"
fi
magic=$(dd if="$provider" bs=4096 count=1 2>/dev/null | head -c 14 | tail -c 8)
if [ "$magic" = resource ]; then
	refuse "$provider holds HAST metadata of another resource"
fi`;
