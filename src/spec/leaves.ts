import { didYouMean } from './suggest.js';
import { parseDuration, parseSize } from './units.js';
import type { Rule } from './words.js';
import { type Schema, z } from './zod.js';

/** What is wrong with one value, and how to put it right. */
interface Complaint {
  message: string;
  remedy?: string;
}

type Check = (input: unknown) => Complaint | undefined;

/** A leaf of the cluster file; every complaint about it is made here, in the words of the file. */
function leaf<T>(check: Check): Schema<T> {
  const schema = z.unknown().check((context) => {
    if (context.value === undefined) return;
    const complaint = check(context.value);
    if (!complaint) return;
    context.issues.push({
      code: 'custom',
      input: undefined,
      message: complaint.message,
      params: { remedy: complaint.remedy },
    });
  });
  return schema as unknown as Schema<T>;
}

/** Text that a rule agrees with. Numbers are refused: YAML has already changed their spelling. */
export function text(rule: Rule, remedy?: string): Schema<string> {
  return leaf<string>((input) => {
    if (typeof input === 'number' || typeof input === 'boolean') {
      return {
        message: `must be text, not ${String(input)}`,
        remedy: `put it in quotes: "${String(input)}"`,
      };
    }
    if (typeof input !== 'string') return { message: `must be text, not ${kindOf(input)}` };
    const wrong = rule(input);
    if (wrong === undefined) return undefined;
    return remedy === undefined
      ? { message: `${shown(input)} ${wrong}` }
      : { message: `${shown(input)} ${wrong}`, remedy };
  });
}

/** One of a few words. */
export function choice<const T extends readonly string[]>(...accepted: T): Schema<T[number]> {
  return leaf<T[number]>((input) => {
    if (typeof input === 'string' && accepted.includes(input)) return undefined;
    const given = typeof input === 'object' && input !== null ? kindOf(input) : shown(String(input));
    const hint = typeof input === 'string' ? didYouMean(input, accepted) : '';
    return { message: `must be one of ${accepted.join(', ')}, not ${given}${hint}` };
  });
}

export function flag(): Schema<boolean> {
  return leaf<boolean>((input) =>
    typeof input === 'boolean'
      ? undefined
      : { message: `must be true or false, not ${shown(String(input))}` },
  );
}

export function wholeNumber(min: number, max: number): Schema<number> {
  return leaf<number>((input) =>
    typeof input === 'number' && Number.isInteger(input) && input >= min && input <= max
      ? undefined
      : { message: `must be a whole number from ${min} to ${max}, not ${describe(input)}` },
  );
}

/** Seconds, from `min` to `max`. */
export function duration(min: number, max: number): Schema<string | number> {
  return leaf<string | number>((input) => {
    const seconds = parseDuration(input);
    if (seconds === undefined) {
      return { message: `must be a time such as 10, 10s, 2m or 1h in whole seconds, not ${describe(input)}` };
    }
    return seconds >= min && seconds <= max
      ? undefined
      : { message: `must be from ${min} to ${max} seconds, not ${describe(input)}` };
  });
}

/** Bytes, a multiple of `multiple`. */
export function size(multiple: number, why: string): Schema<string | number> {
  return leaf<string | number>((input) => {
    const bytes = parseSize(input);
    if (bytes === undefined) {
      return { message: `must be a size such as 50G, 512M, 1.5T or bytes, not ${describe(input)}` };
    }
    return bytes > 0 && bytes % multiple === 0
      ? undefined
      : { message: `must be a positive multiple of ${multiple} bytes (${why}), not ${describe(input)}` };
  });
}

/** One text for both nodes, or a map from node name to text; looked into once the node names are known. */
export function perNode(rule: Rule): Schema<string | Record<string, string>> {
  return leaf<string | Record<string, string>>((input) => {
    if (typeof input === 'string') return complaintOf(rule, input);
    if (typeof input !== 'object' || input === null || Array.isArray(input)) {
      return { message: `must be text, or a map from each node's name to text, not ${kindOf(input)}` };
    }
    for (const [node, value] of Object.entries(input)) {
      const wrong = typeof value === 'string' ? complaintOf(rule, value) : { message: `must be text` };
      if (wrong) return { message: `for ${node}: ${wrong.message}` };
    }
    return undefined;
  });
}

/** What a value is, for people; never the value of a map or list, which may hold a secret. */
export function kindOf(input: unknown): string {
  if (input === undefined) return 'nothing';
  if (input === null) return 'empty';
  if (Array.isArray(input)) return 'a list';
  if (typeof input === 'object') return 'a map';
  if (typeof input === 'string') return 'text';
  return `a ${typeof input === 'boolean' ? 'true/false value' : typeof input}`;
}

function complaintOf(rule: Rule, input: string): Complaint | undefined {
  const wrong = rule(input);
  return wrong === undefined ? undefined : { message: `${shown(input)} ${wrong}` };
}

function describe(input: unknown): string {
  return typeof input === 'string' || typeof input === 'number' || typeof input === 'boolean'
    ? shown(String(input))
    : kindOf(input);
}

/** A value in a message: on one line, without control characters, of bounded length. */
export function shown(input: string): string {
  const clean = JSON.stringify(input).replace(/[\u007f-\u009f\u2028\u2029]/g, '?');
  return clean.length > 80 ? `${clean.slice(0, 77)}…"` : clean;
}
