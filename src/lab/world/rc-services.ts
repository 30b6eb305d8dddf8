/** A base-system rc.d script. */
export interface BaseService {
  name: string;
  rcvar: string;
  /** Other services that it starts first when they do not run. */
  needs: readonly string[];
  /** Number of processes. */
  processes: number;
  extra: readonly string[];
}

const plain = (name: string, more: Partial<BaseService> = {}): BaseService => ({
  name,
  rcvar: `${name}_enable`,
  needs: [],
  processes: 1,
  extra: [],
  ...more,
});

/** In boot order. */
export const BASE_SERVICES: readonly BaseService[] = [
  plain('devd'),
  plain('syslogd', { extra: ['reload'] }),
  plain('hastd', { extra: ['reload'] }),
  plain('rpcbind'),
  plain('mountd', { extra: ['reload'] }),
  plain('nfsd', { rcvar: 'nfs_server_enable', needs: ['rpcbind', 'mountd'], processes: 2 }),
  plain('ctld', { extra: ['reload'] }),
  plain('cron'),
  plain('ntpd'),
  plain('sshd', { extra: ['reload'] }),
];
export const LOCAL = '/usr/local/etc/rc.d';
