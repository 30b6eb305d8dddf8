const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;

const two = (value: number): string => String(value).padStart(2, '0');

/** humanize_number(3) as hastctl uses it: `0B`, `2.0MB`, `512MB`. */
export function humanBytes(bytes: number): string {
  const units = ['', 'K', 'M', 'G', 'T', 'P'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit > 0 && value < 9.95 ? value.toFixed(1) : String(Math.round(value));
  return `${digits}${units[unit] ?? ''}B`;
}

/** Short form of sizes in geom and gpart: `512M`, `1.0G`. */
export function geomBytes(bytes: number): string {
  return humanBytes(bytes).replace(/B$/, '');
}

/** `Nov 20 10:24:51`, the stamp of syslog lines. */
export function syslogStamp(ms: number): string {
  const date = new Date(ms);
  return `${MONTHS[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)} ${clockTime(ms)}`;
}

/** `10:24:51`. */
export function clockTime(ms: number): string {
  const date = new Date(ms);
  return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
}

/** `Fri Nov 20 10:24:54 UTC 2026`, date(1)'s default; `zone` is left out for ctime(3)'s form. */
export function dateText(ms: number, zone = 'UTC '): string {
  const date = new Date(ms);
  const day = String(date.getUTCDate()).padStart(2);
  return `${DAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${day} ${clockTime(ms)} ${zone}${date.getUTCFullYear()}`;
}

/** strftime(3) for the conversions that date(1) users need; undefined for one that is not modelled. */
export function strftime(format: string, ms: number): string | undefined {
  const date = new Date(ms);
  const iso = date.toISOString();
  const known: Readonly<Record<string, string>> = {
    s: String(Math.floor(ms / 1000)),
    Y: iso.slice(0, 4),
    m: iso.slice(5, 7),
    d: iso.slice(8, 10),
    H: iso.slice(11, 13),
    M: iso.slice(14, 16),
    S: iso.slice(17, 19),
    T: iso.slice(11, 19),
    F: iso.slice(0, 10),
    Z: 'UTC',
    z: '+0000',
    b: MONTHS[date.getUTCMonth()] ?? '',
    a: DAYS[date.getUTCDay()] ?? '',
    e: String(date.getUTCDate()).padStart(2),
    j: String(Math.floor((ms - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000) + 1).padStart(3, '0'),
    '%': '%',
    n: '\n',
    t: '\t',
  };
  let unknown = false;
  const text = format.replace(/%(.)/g, (_, letter: string) => {
    const value = known[letter];
    if (value === undefined) unknown = true;
    return value ?? '';
  });
  return unknown ? undefined : text;
}

/** Parses `256m`, `1g`, `9999G`, `4096`; undefined when it is no size. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+)([kmgt]?)b?$/i.exec(text);
  if (match === null) return undefined;
  const power = ' kmgt'.indexOf((match[2] ?? '').toLowerCase() || ' ');
  return Number(match[1]) * 1024 ** power;
}
