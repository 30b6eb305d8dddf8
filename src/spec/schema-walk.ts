import type { Schema } from './zod.js';

/** The parts of zod's own description of a schema that this project reads. */
interface Described {
  type: string;
  shape?: Record<string, Schema>;
  valueType?: Schema;
  element?: Schema;
  innerType?: Schema;
  options?: readonly Schema[];
  discriminator?: string;
  values?: readonly unknown[];
}

export type Path = readonly (string | number)[];

function described(schema: Schema): Described {
  return schema.def as unknown as Described;
}

/** The keys that the schema knows at `path`; of a union, those of the member that `data` chose. */
export function keysAt(schema: Schema, path: Path, data: unknown): readonly string[] {
  const definition = described(schema);
  if (definition.innerType) return keysAt(definition.innerType, path, data);
  if (definition.options) return keysAt(chosen(definition, data), path, data);
  const [head, ...rest] = path;
  if (head === undefined) return Object.keys(definition.shape ?? {});
  const next = definition.shape?.[String(head)] ?? definition.valueType ?? definition.element;
  return next ? keysAt(next, rest, at(data, head)) : [];
}

/** Every key of the schema, as dotted paths with `*` for names and list places. */
export function allKeys(schema: Schema, prefix = ''): readonly string[] {
  const definition = described(schema);
  if (definition.innerType) return allKeys(definition.innerType, prefix);
  if (definition.options) return definition.options.flatMap((option) => allKeys(option, prefix));
  const below = definition.valueType ?? definition.element;
  if (below) return allKeys(below, `${prefix}*.`);
  return Object.entries(definition.shape ?? {}).flatMap(([key, value]) => [
    `${prefix}${key}`,
    ...allKeys(value, `${prefix}${key}.`),
  ]);
}

function chosen(union: Described, data: unknown): Schema {
  const key = union.discriminator ?? 'type';
  const wanted = at(data, key);
  const options = union.options ?? [];
  return options.find((option) => discriminatorValue(option, key) === wanted) ?? options[0]!;
}

function discriminatorValue(option: Schema, key: string): string {
  const literal = described(option).shape?.[key];
  return String(literal ? (described(literal).values?.[0] ?? '') : '');
}

/** The value below one key or index; undefined when there is none. */
export function at(data: unknown, key: string | number): unknown {
  if (typeof data !== 'object' || data === null || !Object.hasOwn(data, key)) return undefined;
  return (data as Record<string | number, unknown>)[key];
}

/** The value at a path; undefined when there is none. */
export function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => at(value, key), data);
}
