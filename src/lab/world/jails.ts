import type { Machine } from './machine.js';

/** A jail that runs. */
export interface Jail {
  jid: number;
  name: string;
  path: string;
}

/** jail(8) refuses; the text is its own. */
export class JailError extends Error {}

/** Running jails, and what jail.conf says of the others: `NAME { path = …; }` and the parameters before any jail. */
export class Jails {
  readonly running = new Map<string, Jail>();
  #last = 0;

  constructor(readonly machine: Machine) {}

  /** jail -c. Throws JailError. */
  async create(name: string): Promise<Jail> {
    const path = await this.#pathOf(name);
    if (this.running.has(name)) throw new JailError(`jail: "${name}" already exists`);
    if (!(await this.machine.files.exists(path)))
      throw new JailError(`jail: ${name}: path ${path}: No such file or directory`);
    const jail = { jid: ++this.#last, name, path };
    this.running.set(name, jail);
    return jail;
  }

  remove(name: string): boolean {
    return this.running.delete(name);
  }

  /** Jails whose files are on this mount: their processes keep it busy. */
  below(mountpoint: string): Jail[] {
    return [...this.running.values()].filter(
      ({ path }) => path === mountpoint || path.startsWith(`${mountpoint}/`),
    );
  }

  async #pathOf(name: string): Promise<string> {
    const own = await this.machine.files.read(`/etc/jail.${name}.conf`);
    const text = own ?? (await this.machine.files.read('/etc/jail.conf')) ?? '';
    const bare = text.replace(/^\s*#.*$/gm, '');
    const escaped = name.replace(/[^A-Za-z0-9_]/g, '\\$&');
    const body = new RegExp(`^\\s*"?${escaped}"?\\s*\\{([^}]*)\\}`, 'm').exec(bare)?.[1];
    if (body === undefined) throw new JailError(`jail: "${name}" not found`);
    const shared = bare.split('{')[0] ?? '';
    const path = [body, shared].map((part) => /^\s*path\s*=\s*"?([^";]+)"?\s*;/m.exec(part)?.[1]);
    const found = path.find((one) => one !== undefined);
    if (found === undefined) throw new JailError(`lab: not modelled: jail.conf: ${name} without a path`);
    return found.replace(/\$\{?name\}?/g, name);
  }
}
