import type { Machine } from './machine.js';
import { rcValue } from './rcconf.js';
import { volumeAt } from './volume.js';

/** A LUN of the CAM target layer. */
export interface Lun {
  id: number;
  path: string;
  /** Bytes, as at the time when it was made. */
  size: number;
  serial: string;
  deviceId: string;
  /** ctld's own name for it. */
  name: string;
}

/** ctld refuses to run; the text is its own. */
export class CtlError extends Error {}

/** The kernel's LUNs. They outlive a ctld that is killed, and a device that goes away (measured §3.18). */
export class Ctl {
  readonly luns = new Map<number, Lun>();
  portsOn = false;

  constructor(readonly machine: Machine) {}

  /** ctld(8) applies its configuration as a whole, or exits (ctld.c, main). Throws CtlError. */
  async start(): Promise<void> {
    for (const name of ['ctl', 'cfiscsi']) this.machine.modules.add(name);
    const wanted = await this.#configured();
    const missing = wanted.find(({ path }) => volumeAt(this.machine, path) === undefined);
    if (missing !== undefined) throw new CtlError('ctld: failed to apply configuration; exiting');
    const kept = [...this.luns.values()];
    for (const lun of wanted) {
      if (kept.some((one) => one.name === lun.name)) continue;
      let id = 0;
      while (this.luns.has(id)) id++;
      this.luns.set(id, { ...lun, id, size: volumeAt(this.machine, lun.path)?.size ?? 0 });
    }
    this.portsOn = true;
  }

  /** An orderly end takes its LUNs and sessions along (freebsd-facts §7). */
  stop(): void {
    this.luns.clear();
    this.portsOn = false;
  }

  /** Whether a LUN keeps the device open. */
  holds(path: string): boolean {
    return [...this.luns.values()].some((one) => one.path === path);
  }

  async #configured(): Promise<Omit<Lun, 'id' | 'size'>[]> {
    const flags = (await rcValue(this.machine, 'ctld_flags')) ?? '';
    const path = /(?:^|\s)-f\s*(\S+)/.exec(flags)?.[1] ?? '/etc/ctl.conf';
    const text = await this.machine.files.read(path);
    if (text === undefined) throw new CtlError(`ctld: failed to open configuration file "${path}"`);
    return parseCtlConf(text);
  }
}

/** LUNs of the form that hastconf writes: `lun NAME { … }`, and a target that has it as its `lun 0`. Anything else throws. */
export function parseCtlConf(text: string): Omit<Lun, 'id' | 'size'>[] {
  const bare = text.replace(/^\s*#.*$/gm, '');
  const names = new Map<string, string>();
  for (const [, target = '', body = ''] of bare.matchAll(/^target\s+(\S+)\s*\{([^}]*)\}/gm)) {
    const [, lun, name] = /^\s*lun\s+(\d+)\s+(\S+)\s*$/m.exec(body) ?? [];
    if (lun === undefined || name === undefined)
      throw new CtlError(`lab: not modelled: ctl.conf: target ${target}`);
    names.set(unquoted(name), `${unquoted(target)},lun,${lun}`);
  }
  return [...bare.matchAll(/^lun\s+(\S+)\s*\{([^}]*)\}/gm)].map(([, name = '', body = '']) => {
    const value = (key: string) =>
      unquoted(new RegExp(`^\\s*${key}\\s+(.+?)\\s*$`, 'm').exec(body)?.[1] ?? '');
    const target = names.get(unquoted(name));
    if (target === undefined) throw new CtlError(`lab: not modelled: ctl.conf: lun ${name} without target`);
    return { path: value('path'), serial: value('serial'), deviceId: value('device-id'), name: target };
  });
}

function unquoted(word: string): string {
  return word.replace(/^"(.*)"$/, '$1');
}
