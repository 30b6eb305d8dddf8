import { connect as connectSocket, type Socket } from 'node:net';
import { interrupted, plainReason, unreachable, wayToReach } from './failure.js';
import type { ConnectOptions } from './options.js';
import type { HostSettings } from './ssh-config.js';

const DEFAULT_TIMEOUT_MS = 10_000;
/** One attempt to connect, and what its messages need. */
export interface Dialling {
  node: string;
  options: ConnectOptions;
  reproduce: string;
}

/** Milliseconds for the connection and again for the login: the caller's, ssh_config's, or ten seconds. */
export function timeoutOf(settings: HostSettings, options: ConnectOptions): number {
  return options.timeoutMs ?? settings.connectTimeoutMs ?? DEFAULT_TIMEOUT_MS;
}

/** Rejects with the plain reason; the timer and the caller's signal both end the attempt. */
export function openSocket(settings: HostSettings, { node, options, reproduce }: Dialling): Promise<Socket> {
  const to = { host: settings.hostName, port: settings.port };
  const limit = timeoutOf(settings, options);
  return new Promise((resolve, reject) => {
    if (options.signal?.aborted) return reject(interrupted(node, 'connecting', options.signal.reason));
    const socket = connectSocket({
      ...to,
      ...(settings.family ? { family: settings.family } : {}),
    });
    const settle = (error?: Error) => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', onAbort);
      socket.removeListener('connect', onConnect).removeListener('error', onError);
      if (!error) return resolve(socket);
      socket.on('error', () => undefined).destroy();
      reject(error);
    };
    const onAbort = () => settle(interrupted(node, 'connecting', options.signal?.reason));
    const timer = setTimeout(() => {
      settle(
        unreachable(node, `${to.host} port ${to.port} did not answer within ${limit / 1000} s`, {
          reproduce,
        }),
      );
    }, limit);
    options.signal?.addEventListener('abort', onAbort, { once: true });
    const onConnect = () => {
      // ssh2 writes a packet in three pieces; with Nagle's algorithm each exec stalls for 40 ms, three times.
      socket.setNoDelay(true);
      settle();
    };
    const onError = (error: Error) => {
      // With several addresses, Node wraps their errors; the first one tells.
      const cause = error instanceof AggregateError ? (error.errors[0] ?? error) : error;
      const remedy = wayToReach(cause, node);
      settle(unreachable(node, plainReason(cause, to), { reproduce, cause, ...(remedy && { remedy }) }));
    };
    socket.once('connect', onConnect);
    socket.once('error', onError);
  });
}
