import type { CommandResult } from '../types.js';
import type { Machine } from './machine.js';
import { LOCAL } from './rc-services.js';

/** rc.d scripts of /usr/local/etc/rc.d, with their KEYWORD and rcvar. */
export async function localScripts(
  machine: Machine,
): Promise<{ name: string; path: string; text: string }[]> {
  const names = (await machine.files.list(LOCAL)) ?? [];
  const scripts = [];
  for (const name of [...names].sort()) {
    const text = await machine.files.read(`${LOCAL}/${name}`);
    if (text !== undefined) scripts.push({ name, path: `${LOCAL}/${name}`, text });
  }
  return scripts;
}

/** Name of a local script's rcvar, by the usual forms of its assignment. */
export function rcvarOf(script: { name: string; text: string }): string {
  const name = /^\s*name=["']?([A-Za-z0-9_]+)/m.exec(script.text)?.[1] ?? script.name;
  const written = /^\s*rcvar=["']?([^"'\s]+)/m.exec(script.text)?.[1];
  return written === undefined ? `${name}_enable` : written.replace(/\$\{?name\}?/g, name);
}

/** Runs a local script's verb under the node's own sh. */
export function runLocal(
  machine: Machine,
  path: string,
  verb: string,
  signal?: AbortSignal,
): Promise<CommandResult> {
  const run = machine.host.shell.exec(['/bin/sh', path, verb], {
    env: { PATH: '/sbin:/bin:/usr/sbin:/usr/bin', HOME: '/' },
    signal: signal ?? machine.signal,
  });
  return machine.core.clock.outside(run);
}
