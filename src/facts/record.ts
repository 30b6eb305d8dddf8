/**
 * Values by names that a node or a cluster file chose. There is no prototype behind it: a resource called
 * `constructor` is not there unless somebody put it there.
 */
export function record<T>(entries: Iterable<readonly [string, T]> = []): Record<string, T> {
  const made = Object.create(null) as Record<string, T>;
  for (const [key, value] of entries) made[key] = value;
  return made;
}
