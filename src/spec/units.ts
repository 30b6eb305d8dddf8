const SIZE_UNITS = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 } as const;
const DURATION_UNITS = { '': 1, s: 1, m: 60, h: 3600 } as const;

/** `50G`, `512M`, `1.5T` or plain bytes -> bytes (powers of 1024); undefined when it is no whole number of bytes. */
export function parseSize(value: unknown): number | undefined {
  return parseQuantity(value, /^(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?$/i, (unit) =>
    unit.toUpperCase() in SIZE_UNITS ? SIZE_UNITS[unit.toUpperCase() as keyof typeof SIZE_UNITS] : undefined,
  );
}

/** `1s`, `2m`, `1h` or a plain number of seconds -> seconds; undefined when it is no whole number of seconds. */
export function parseDuration(value: unknown): number | undefined {
  return parseQuantity(value, /^(\d+(?:\.\d+)?)\s*([smh]?)$/, (unit) =>
    unit in DURATION_UNITS ? DURATION_UNITS[unit as keyof typeof DURATION_UNITS] : undefined,
  );
}

/** The shortest exact form, for example `50G`. */
export function formatSize(bytes: number): string {
  const fitting = Object.entries(SIZE_UNITS)
    .reverse()
    .find(([, factor]) => bytes >= factor && bytes % factor === 0);
  return fitting ? `${bytes / fitting[1]}${fitting[0]}` : String(bytes);
}

/** Seconds as the cluster file writes them, for example `120s`. */
export function formatDuration(seconds: number): string {
  return `${seconds}s`;
}

function parseQuantity(
  value: unknown,
  pattern: RegExp,
  factorOf: (unit: string) => number | undefined,
): number | undefined {
  if (typeof value === 'number') return whole(value);
  if (typeof value !== 'string') return undefined;
  const match = pattern.exec(value.trim());
  const factor = match ? factorOf(match[2] ?? '') : undefined;
  return match && factor !== undefined ? whole(Number(match[1]) * factor) : undefined;
}

function whole(value: number): number | undefined {
  return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
