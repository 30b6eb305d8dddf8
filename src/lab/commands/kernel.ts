import { CARP_NAMES, getSysctl, setSysctl } from '../world/sysctl.js';
import { fail, getopt, has, notModelled, ok, option, type Program, type Programs } from './program.js';

/** sysctl(8): -n, -q, -i; reading, setting `name=value`, and the net.inet.carp subtree. */
const sysctl: Program = async (run) => {
  const options = getopt(run.args, 'nqieN');
  if (options === undefined || has(options, 'N') || options.rest.length === 0) return notModelled(run);
  let stdout = '';
  let stderr = '';
  let code = 0;
  for (const word of options.rest) {
    const [name = '', value] = word.split(/=(.*)/s);
    const names = name === 'net.inet.carp' && run.machine.modules.has('carp') ? CARP_NAMES : [name];
    for (const one of names) {
      const before = getSysctl(run.machine, one);
      if (before === undefined) {
        if (!has(options, 'i') && !has(options, 'q')) stderr += `sysctl: unknown oid '${one}'\n`;
        if (!has(options, 'i')) code = 1;
        continue;
      }
      if (value !== undefined) setSysctl(run.machine, one, value);
      const after = getSysctl(run.machine, one) ?? '';
      const shown = value === undefined ? before : `${before} -> ${after}`;
      const glue = has(options, 'e') ? '=' : ': ';
      stdout += has(options, 'n') ? `${value === undefined ? before : after}\n` : `${one}${glue}${shown}\n`;
    }
  }
  return { code, stdout, stderr };
};

/** Module file name -> names of the modules inside, and size as kldstat shows it. */
const FILES: Readonly<Record<string, { modules: readonly string[]; size: string }>> = {
  geom_gate: { modules: ['g_gate'], size: '4538' },
  carp: { modules: ['carp'], size: '8d50' },
  zfs: { modules: ['zfs', 'zfsctrl'], size: '5da7d0' },
  if_bridge: { modules: ['if_bridge'], size: '9000' },
  nfsd: { modules: ['nfsd'], size: '5f000' },
  ctl: { modules: ['ctl'], size: '51000' },
  cfiscsi: { modules: ['cfiscsi'], size: '14000' },
  pf: { modules: ['pf'], size: '60000' },
  pflog: { modules: ['pflog'], size: '2000' },
};

const kldload: Program = async (run) => {
  const options = getopt(run.args, 'nqv');
  if (options === undefined || options.rest.length === 0) return notModelled(run);
  for (const word of options.rest) {
    const name = word.replace(/\.ko$/, '');
    if (FILES[name] === undefined) {
      return fail(1, `kldload: can't load ${word}: No such file or directory`);
    }
    if (run.machine.modules.has(name)) {
      if (has(options, 'n')) continue;
      return fail(1, `kldload: can't load ${word}: module already loaded or in kernel`);
    }
    run.machine.modules.add(name);
    if (name === 'zfs') run.machine.kernel('ZFS storage pool version: features support (5000)');
  }
  return ok();
};

const kldunload: Program = async (run) => {
  const options = getopt(run.args, 'nqv');
  const [name] = options?.rest ?? [];
  if (options === undefined || name === undefined) return notModelled(run);
  if (!run.machine.modules.has(name)) return fail(1, `kldunload: can't find file ${name}`);
  const used = name === 'carp' ? run.machine.carp.vhids.length > 0 : run.machine.hastd.running;
  if (used) return fail(1, `kldunload: can't unload file: Device busy`);
  run.machine.modules.delete(name);
  return ok();
};

const kldstat: Program = async (run) => {
  const options = getopt(run.args, 'hqvdn:m:i:');
  if (options === undefined || has(options, 'v') || has(options, 'i') || options.rest.length > 0) {
    return notModelled(run);
  }
  const module = option(options, 'm');
  const file = option(options, 'n');
  const loaded = [...run.machine.modules];
  if (module !== undefined) {
    const found = loaded.some((one) => FILES[one]?.modules.includes(module) ?? one === module);
    const quiet = has(options, 'q');
    if (!found)
      return fail(1, quiet ? '' : `kldstat: can't find module ${module}: No such file or directory`);
    return ok(quiet ? '' : `Id  Refs Name\n  1    1 ${module}\n`);
  }
  if (file !== undefined) {
    const found = loaded.includes(file.replace(/\.ko$/, '')) || file === 'kernel';
    if (!found)
      return fail(1, has(options, 'q') ? '' : `kldstat: can't find file ${file}: No such file or directory`);
    if (has(options, 'q')) return ok();
  }
  const lines = [
    'Id Refs Address                Size Name',
    ` 1 ${String(loaded.length + 3).padStart(4)} 0xffffffff80200000   d222b0 kernel`,
  ];
  loaded.forEach((one, index) => {
    const size = (FILES[one]?.size ?? '4000').padStart(8);
    const address = (0xffffffff81118000n + BigInt(index) * 0x10000n).toString(16);
    lines.push(`${String(index + 2).padStart(2)}    1 0x${address} ${size} ${one}.ko`);
  });
  return ok(`${lines.join('\n')}\n`);
};

export const kernelCommands: Programs = { sysctl, kldload, kldunload, kldstat };
