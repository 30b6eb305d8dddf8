import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { ExitCode, HastconfError } from '../../errors.js';

/** The programs and files of this machine that real machines need. */
export interface Emulator {
  qemu: string;
  /** Overlays in place of copies, when it is there. */
  qemuImg: string | undefined;
  /** UEFI code and an empty store of its variables. */
  firmware: string;
  vars: string;
}

export interface Where {
  path: string | undefined;
  /** Directories that may hold OVMF_CODE_4M.fd. */
  firmware?: readonly string[];
}

const FIRMWARE = ['/usr/share/OVMF', '/usr/share/edk2/x64', '/usr/share/edk2/ovmf'];
const FILES = [
  ['OVMF_CODE_4M.fd', 'OVMF_VARS_4M.fd'],
  ['OVMF_CODE.4m.fd', 'OVMF_VARS.4m.fd'],
] as const;

/** Throws exit 3 with the packages to install. */
export async function findEmulator({ path, firmware = FIRMWARE }: Where): Promise<Emulator> {
  const [qemu, qemuImg, setpriv, code] = await Promise.all([
    findProgram('qemu-system-x86_64', path),
    findProgram('qemu-img', path),
    findProgram('setpriv', path),
    findFirmware(firmware),
  ]);
  const missing: [string, string][] = [];
  if (!qemu) missing.push(['qemu-system-x86_64', 'qemu-system-x86']);
  if (!code) missing.push(['OVMF_CODE_4M.fd and OVMF_VARS_4M.fd', 'ovmf']);
  if (!setpriv) missing.push(['setpriv', 'util-linux']);
  if (missing.length > 0) throw needed(missing);
  return { qemu: qemu!, qemuImg, firmware: code![0], vars: code![1] };
}

/** Says what is missing and how it is installed. Each pair is a program or file and its Debian package. */
export function needed(missing: readonly (readonly [string, string])[]): HastconfError {
  const names = missing.map(([name]) => name).join(', ');
  const packages = missing.map(([, name]) => name).join(' ');
  return new HastconfError(ExitCode.Preflight, `real machines need what is not installed here: ${names}`, {
    remedy: `On Debian and Ubuntu: apt-get install ${packages}`,
  });
}

/** Where a program lies, as the shell would find it. */
export async function findProgram(name: string, path: string | undefined): Promise<string | undefined> {
  const directories = [...(path ?? '').split(delimiter), '/usr/sbin', '/sbin'].filter((one) => one !== '');
  for (const directory of directories) {
    const file = join(directory, name);
    if (await can(file, constants.X_OK)) return file;
  }
  return undefined;
}

async function findFirmware(directories: readonly string[]): Promise<readonly [string, string] | undefined> {
  for (const directory of directories) {
    for (const [code, vars] of FILES) {
      const found = [join(directory, code), join(directory, vars)] as const;
      if ((await can(found[0], constants.R_OK)) && (await can(found[1], constants.R_OK))) return found;
    }
  }
  return undefined;
}

function can(file: string, mode: number): Promise<boolean> {
  return access(file, mode).then(
    () => true,
    () => false,
  );
}
