import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A home of our own, and an `ssh` before the real one that reads no ssh_config but that of this home. */
export async function privateHome(dir: string) {
  const bin = join(dir, 'bin');
  const config = join(dir, 'ssh_config');
  await mkdir(bin, { recursive: true });
  await writeFile(
    config,
    `Host *\nIdentityAgent none\nUserKnownHostsFile ${dir}/known_hosts\nGlobalKnownHostsFile none\nHashKnownHosts no\n`,
  );
  const ssh = join(bin, 'ssh');
  await writeFile(ssh, `#!/bin/sh\nPATH=\${PATH#*:}\nexec ssh -F ${config} "$@"\n`);
  await chmod(ssh, 0o755);
  const { PATH: path, HOME: before } = process.env;
  process.env.PATH = `${bin}:${path ?? ''}`;
  process.env.HOME = dir;
  return {
    config,
    knownHosts: join(dir, 'known_hosts'),
    environment: { PATH: process.env.PATH, HOME: dir, XDG_STATE_HOME: join(dir, 'state') },
    restore() {
      process.env.PATH = path;
      process.env.HOME = before;
    },
  };
}
