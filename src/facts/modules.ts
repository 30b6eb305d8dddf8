import { quoteWord } from '../remote/words.js';
import { type Frames, frameOf, textOf } from './frames.js';
import { record } from './record.js';
import type { FactsRequest, NodeFacts } from './types.js';

const MODULES = ['carp', 'g_gate', 'zfs'] as const;
const PROGRAMS = ['hastctl', 'hastd', 'zfs', 'newfs', 'tcpdump', 'sysrc'] as const;

/** Loaded modules, base-system programs, sysctls. */
export function modulesCommand(request: FactsRequest): string {
  const modules = MODULES.map((name) => `frame module.${name} kldstat -q -m ${name}\n`);
  const sysctls = request.sysctls.map(
    (name, index) => `frame sysctl.${index} sysctl -n ${quoteWord(name)}\n`,
  );
  return `programs() {
  for program in ${PROGRAMS.join(' ')}; do
    if command -v "$program" >/dev/null 2>&1; then echo "$program"; fi
  done
}
frame programs programs
${modules.join('')}${sysctls.join('')}`;
}

export function parseModules(frames: Frames): NodeFacts['modules'] {
  const loaded = (name: (typeof MODULES)[number]): boolean => frameOf(frames, `module.${name}`).code === 0;
  return { carp: loaded('carp'), g_gate: loaded('g_gate'), zfs: loaded('zfs') };
}

export function parsePrograms(frames: Frames): Record<string, boolean> {
  const present = new Set((textOf(frames, 'programs') ?? '').split('\n'));
  return record(PROGRAMS.map((name) => [name, present.has(name)]));
}

/** Values by name; undefined for a name that the kernel does not know (carp's, before the module is loaded). */
export function parseSysctls(frames: Frames, request: FactsRequest): Record<string, string | undefined> {
  return record(request.sysctls.map((name, index) => [name, textOf(frames, `sysctl.${index}`)]));
}
