import type { Machine } from './machine.js';

/** What /etc/defaults/rc.conf says of the variables that matter here. */
export const RC_DEFAULTS: Readonly<Record<string, string>> = {
  hastd_enable: 'NO',
  hastd_program: '/sbin/hastd',
  hastd_flags: '',
  devd_enable: 'YES',
  devd_flags: '',
  sshd_enable: 'NO',
  syslogd_enable: 'YES',
  cron_enable: 'YES',
  nfs_server_enable: 'NO',
  nfs_server_flags: '-u -t',
  mountd_enable: 'NO',
  mountd_flags: '-r -S',
  rpcbind_enable: 'NO',
  nfsv4_server_enable: 'NO',
  ctld_enable: 'NO',
  ctld_flags: '',
  zfs_enable: 'NO',
  kld_list: '',
  ntpd_enable: 'NO',
  pf_enable: 'NO',
  rcshutdown_timeout: '90',
  cloned_interfaces: '',
};

/** `name="value"` lines of a shell-like file; later ones win. Values with expansions are left as written. */
export function parseAssignments(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line);
    if (match !== null) found.set(match[1] ?? '', unquote(match[2] ?? ''));
  }
  return found;
}

function unquote(raw: string): string {
  const double = /^"((?:[^"\\]|\\.)*)"/.exec(raw);
  if (double !== null) return (double[1] ?? '').replace(/\\([$`"\\])/g, '$1');
  const single = /^'([^']*)'/.exec(raw);
  if (single !== null) return single[1] ?? '';
  return raw.replace(/\s*(#.*)?$/, '');
}

/** Variables set in /etc/rc.conf and /etc/rc.conf.local. */
export async function rcVariables(machine: Machine): Promise<Map<string, string>> {
  const merged = new Map<string, string>();
  for (const path of ['/etc/rc.conf', '/etc/rc.conf.local']) {
    for (const [name, value] of parseAssignments((await machine.files.read(path)) ?? ''))
      merged.set(name, value);
  }
  return merged;
}

/** The value that an rc script sees. */
export async function rcValue(machine: Machine, name: string): Promise<string | undefined> {
  return (await rcVariables(machine)).get(name) ?? RC_DEFAULTS[name];
}

/** checkyesno of rc.subr. */
export async function rcEnabled(machine: Machine, variable: string): Promise<boolean> {
  return /^(yes|true|on|1)$/i.test((await rcValue(machine, variable)) ?? 'NO');
}
