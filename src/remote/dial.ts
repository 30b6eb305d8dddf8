import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import ssh2, { type Client, type ConnectConfig } from 'ssh2';
import { Authentication } from './auth.js';
import { interrupted, plainReason, unreachable } from './failure.js';
import { HostKeyCheck } from './host-key.js';
import { Patience } from './limits.js';
import { type Dialling, openSocket, timeoutOf } from './socket.js';
import type { HostSettings } from './ssh-config.js';

/** A peer that lost power is noticed after four of these. */
const KEEPALIVE_MS = 5_000;

/** An authenticated connection, with the jump hosts that carry it. */
export interface Line {
  client: Client;
  /** The one TCP connection of this machine; its byte counts are the cost of the line. */
  socket: Socket;
  hops: readonly Client[];
}

/** Connects through every hop of `route` in turn; each hop's host key and login are checked as well. */
export async function dial(route: readonly HostSettings[], dialling: Dialling): Promise<Line> {
  const [first] = route;
  if (!first) throw new Error('a route has at least one host');
  refuseProxyCommand(route, dialling);
  // Before the socket: nothing may happen on it while nobody listens.
  const hostKeys = await Promise.all(route.map((settings) => loadHostKeys(settings, dialling)));
  const socket = await openSocket(first, dialling);
  const clients: Client[] = [];
  try {
    for (const [index, settings] of route.entries()) {
      const before = clients[index - 1];
      const stream = before ? await tunnel(before, settings, dialling) : socket;
      clients.push(await logIn(settings, hostKeys[index] as HostKeyCheck, stream, dialling));
    }
  } catch (error) {
    for (const client of clients.reverse()) client.destroy();
    socket.destroy();
    throw error;
  }
  const client = clients.pop() as Client;
  return { client, socket, hops: clients };
}

async function loadHostKeys(
  settings: HostSettings,
  { node, options, reproduce }: Dialling,
): Promise<HostKeyCheck> {
  const check = new HostKeyCheck(node, settings, options, reproduce);
  await check.load();
  return check;
}

function refuseProxyCommand(route: readonly HostSettings[], { node, reproduce }: Dialling): void {
  const odd = route.find(
    (settings) => settings.proxyCommand !== undefined && settings.proxyJump === undefined,
  );
  if (!odd) return;
  throw unreachable(node, `ssh_config gives ${odd.alias} a ProxyCommand, which hastconf does not run`, {
    remedy: 'Use ProxyJump in its place.',
    reproduce,
  });
}

/** A TCP connection through a jump host. */
function tunnel(through: Client, settings: HostSettings, { node, reproduce }: Dialling): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    through.forwardOut('127.0.0.1', 0, settings.hostName, settings.port, (error, channel) => {
      if (!error) return resolve(channel);
      const reason = `the jump host cannot reach ${settings.hostName} port ${settings.port}: ${error.message}`;
      reject(unreachable(node, reason, { reproduce, cause: error }));
    });
  });
}

/** Host key, then authentication, on an open stream. Time that a person thinks does not count. */
async function logIn(
  settings: HostSettings,
  hostKey: HostKeyCheck,
  stream: Duplex,
  dialling: Dialling,
): Promise<Client> {
  const { node, options, reproduce } = dialling;
  const limit = timeoutOf(settings, options);
  const client = new ssh2.Client();
  let fail: (error: unknown) => void = () => undefined;
  const patience = new Patience(limit, () => {
    fail(unreachable(node, `no SSH login at ${settings.hostName} within ${limit / 1000} s`, { reproduce }));
  });
  const auth = new Authentication(node, settings, options.askSecret, patience);
  const onAbort = () => fail(interrupted(node, 'connecting', options.signal?.reason));
  options.signal?.addEventListener('abort', onAbort, { once: true });
  const verifier: ConnectConfig['hostVerifier'] = (key: Buffer, verify: (valid: boolean) => void) => {
    patience
      .whileAsking(() => hostKey.verify(key))
      .then(
        () => verify(true),
        (error: unknown) => {
          fail(error);
          verify(false);
        },
      );
  };
  try {
    return await new Promise<Client>((resolve, reject) => {
      fail = reject;
      client.on('ready', () => resolve(client));
      client.on('error', (error) => {
        // One key that the agent would not sign with is no end: ssh2 tries the next.
        if (error.level !== 'agent') reject(explain(error, settings, auth, dialling));
      });
      client.on('close', () => reject(explain(new Error('closed during login'), settings, auth, dialling)));
      client.on('change password', () => {
        const remedy = 'Log in with ssh once and change it.';
        reject(unreachable(node, `the password of ${settings.user} has expired`, { remedy, reproduce }));
      });
      client.connect({
        sock: stream,
        username: settings.user,
        readyTimeout: 0,
        keepaliveInterval: KEEPALIVE_MS,
        keepaliveCountMax: 3,
        algorithms: { serverHostKey: hostKey.algorithms() },
        hostVerifier: verifier,
        authHandler: auth.handler as NonNullable<ConnectConfig['authHandler']>,
      });
    });
  } catch (error) {
    client.destroy();
    throw error;
  } finally {
    patience.end();
    options.signal?.removeEventListener('abort', onAbort);
  }
}

function explain(
  error: Error & { level?: string },
  settings: HostSettings,
  auth: Authentication,
  dialling: Dialling,
): unknown {
  const { node, reproduce } = dialling;
  if (error.level === 'client-authentication') return auth.failure(reproduce);
  if (/too many authentication failures/i.test(error.message)) return auth.failure(reproduce);
  const reason = plainReason(error, { host: settings.hostName, port: settings.port });
  return unreachable(node, reason, { reproduce, cause: error });
}
