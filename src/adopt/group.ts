/** Values with the same key together, in the order of their first; Map.groupBy comes with Node 21. */
export function groupsBy<T>(values: readonly T[], keyOf: (value: T) => string): [T, ...T[]][] {
  const groups = new Map<string, [T, ...T[]]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group) group.push(value);
    else groups.set(key, [value]);
  }
  return [...groups.values()];
}
