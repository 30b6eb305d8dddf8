import type { NodeFacts } from '../facts/types.js';
import { MANAGED } from '../spec/derive.js';
import { madeByHastconf, textOf } from './reading.js';

/** The fail-over script of the published recipes, under the name that they all give it; undefined for our own. */
export function foreignSwitchScript(facts: NodeFacts): string | undefined {
  const text = textOf(facts, MANAGED.agent);
  return text === undefined || isOurAgent(text) ? undefined : text;
}

function isOurAgent(text: string): boolean {
  return madeByHastconf(text) || /^# carp-hast-switch: keeps HAST roles/m.test(text);
}

/**
 * Where the script mounts one of these devices: `mount /dev/hast/$disk /hast/$disk` with one loop variable, or
 * plain words and variables that the script sets once. A reading, never a run.
 */
export function scriptMountpoint(facts: NodeFacts, devices: readonly string[]): string | undefined {
  const script = foreignSwitchScript(facts);
  if (script === undefined) return undefined;
  const values = new Map<string, string>();
  for (const [, name, value] of script.matchAll(/^[ \t]*([A-Za-z_]\w*)=["']?([^"'\s$`;]*)["']?[ \t]*$/gm)) {
    values.set(name!, value!);
  }
  for (const { source, place } of mountsIn(script)) {
    for (const device of devices) {
      const filled = fill(source, place, device, values);
      if (filled !== undefined) return filled;
    }
  }
  return undefined;
}

/** Options of one mount that are looked past. */
const MOST_OPTIONS = 16;

/** `mount [-o VALUE …] /dev/hast/SOMETHING PLACE`, wherever it stands in a line. */
function mountsIn(script: string): { source: string; place: string }[] {
  return script.split('\n').flatMap((line) => {
    const words = line.split(/[ \t]+/);
    return words.flatMap((word, at) => (/(?:^|\W)mount$/.test(word) ? mountAt(words, at + 1) : []));
  });
}

function mountAt(words: readonly string[], from: number): { source: string; place: string }[] {
  let at = from;
  for (let options = 0; words[at]?.startsWith('-') && options < MOST_OPTIONS; options += 1) {
    at += 1;
    const isValue = !/^["']?[/-]/.test(words[at] ?? '/');
    if (isValue) at += 1;
  }
  const source = /^["']?(\/dev\/hast\/[^\s"';]+)["']?$/.exec(words[at] ?? '')?.[1];
  const place = /^["']?([^\s"';&|)]+)/.exec(words[at + 1] ?? '')?.[1];
  return source === undefined || place === undefined ? [] : [{ source, place }];
}

const VARIABLE = /\$\{?([A-Za-z_]\w*)\}?/g;

function fill(
  source: string,
  place: string,
  device: string,
  values: ReadonlyMap<string, string>,
): string | undefined {
  const loop = /^\/dev\/hast\/\$\{?([A-Za-z_]\w*)\}?$/.exec(source)?.[1];
  const scalar = loop === undefined ? undefined : values.get(loop);
  // A list of resources is a variable of another name; a scalar names the one resource it is about.
  const own = loop !== undefined && scalar === undefined ? new Map([...values, [loop, device]]) : values;
  const expand = (text: string): string =>
    text.replace(VARIABLE, (whole, name: string) => own.get(name) ?? whole);
  const [from, to] = [expand(source), expand(place)];
  return from === `/dev/hast/${device}` && to.startsWith('/') && !to.includes('$') ? to : undefined;
}
