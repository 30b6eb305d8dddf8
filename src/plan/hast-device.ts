/** The resource whose device below /dev/hast this path is; undefined for any other path. */
export function resourceOfDevice(path: string): string | undefined {
  return /^\/dev\/hast\/(.+)$/.exec(path)?.[1];
}
