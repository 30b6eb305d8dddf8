import type { Machine } from './machine.js';
import { rcEnabled, rcValue } from './rcconf.js';

/** What nfsd(8) exits with; the reason is in syslog. */
export class NfsError extends Error {}

const STABLE = '/var/db/nfs-stablerestart';

/** sysctls of the module, with the kernel's own values. */
export const NFSD_SYSCTLS: Readonly<Record<string, string>> = {
  'vfs.nfsd.scope': '',
  'vfs.nfsd.owner_major': '',
  'vfs.nfsd.server_min_minorversion4': '0',
  'vfs.nfsd.server_max_nfsvers': '3',
};

/** The kernel's NFS server and mountd's list. */
export class Nfs {
  /** Directories that are exported, while mountd runs. */
  exports: string[] = [];

  constructor(readonly machine: Machine) {}

  /** rc.d/mountd: the module, then every line of its files; a bad one is told to syslog and left out (mountd.c). */
  async startMountd(): Promise<void> {
    this.machine.modules.add('nfsd');
    await this.#limitVersion();
    await this.readExports();
  }

  stopMountd(): void {
    this.exports = [];
  }

  async readExports(): Promise<void> {
    const exported: string[] = [];
    for (const line of await this.#lines()) {
      const words = line.split(/[ \t]+/);
      if (words[0] === 'V4:') continue;
      const paths = words.filter((word) => word.startsWith('/'));
      if (await this.#isGood(paths, words)) exported.push(...paths);
      else this.machine.syslog('mountd', undefined, 'err', `bad exports list line ${line}`);
    }
    this.exports = exported;
  }

  /** nfsd opens its list of clients, making it where it is missing, and exits when it cannot (nfsd.c, open_stable). */
  async startNfsd(): Promise<void> {
    this.machine.modules.add('nfsd');
    await this.#limitVersion();
    if (await this.machine.files.exists(STABLE)) return;
    try {
      await this.machine.writeFile(STABLE, '', 0o600);
    } catch {
      const why = `Can't open ${STABLE}: No such file or directory`;
      this.machine.syslog('nfsd', undefined, 'err', why);
      throw new NfsError(why);
    }
  }

  async #limitVersion(): Promise<void> {
    const fourth = await rcEnabled(this.machine, 'nfsv4_server_enable');
    this.machine.sysctls.set('vfs.nfsd.server_max_nfsvers', fourth ? '4' : '3');
  }

  async #lines(): Promise<string[]> {
    const flags = ((await rcValue(this.machine, 'mountd_flags')) ?? '').split(/\s+/);
    const named = flags.filter((word) => word.startsWith('/'));
    const zfs = (await rcEnabled(this.machine, 'zfs_enable')) ? ['/etc/exports', '/etc/zfs/exports'] : [];
    const files = [...named, ...zfs];
    const texts = await Promise.all(
      (files.length > 0 ? files : ['/etc/exports']).map((path) => this.machine.files.read(path)),
    );
    return texts
      .flatMap((text) => (text ?? '').split('\n'))
      .map((line) => line.replace(/#.*/, '').trim())
      .filter((line) => line !== '');
  }

  /** -alldirs is for the mount point of a file system alone; other directories must exist. */
  async #isGood(paths: readonly string[], words: readonly string[]): Promise<boolean> {
    if (words.includes('-alldirs')) return paths.every((path) => this.machine.fs.at(path) !== undefined);
    const there = await Promise.all(paths.map((path) => this.machine.files.exists(path)));
    return there.every(Boolean);
  }
}
