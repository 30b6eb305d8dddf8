import { ExitCode, HastconfError } from '../errors.js';
import type { NodeSpec } from '../spec/types.js';
import { quoteWords } from './words.js';

/** Where a connection really goes, after ssh_config. */
export interface Destination {
  host: string;
  port: number;
  user: string;
}

/** The command with which a person sees the same failure, or the local shell for `local: true`. */
export function sshCommandFor(node: NodeSpec, resolved?: Partial<Destination>): string {
  if ('local' in node.ssh) return '/bin/sh';
  const { ssh } = node;
  const port = ssh.port ?? resolved?.port;
  return quoteWords([
    'ssh',
    '-v',
    ...(port === undefined || port === 22 ? [] : ['-p', String(port)]),
    ...(ssh.identity === undefined ? [] : ['-i', ssh.identity]),
    `${ssh.user ?? resolved?.user ?? 'root'}@${ssh.host}`,
    'true',
  ]);
}

/** A node that cannot be reached or authenticated: exit 4, in plain words, with the reproducing command. */
export function unreachable(
  node: string,
  reason: string,
  more: { detail?: string; remedy?: string; reproduce?: string; cause?: unknown } = {},
): HastconfError {
  const try_ = more.reproduce === undefined ? undefined : `See more with: ${more.reproduce}`;
  // A line each: two commands in one line would be pasted as one.
  const remedy = [more.remedy, try_].filter((part) => part !== undefined).join('\n');
  return new HastconfError(ExitCode.Unreachable, `${node}: ${reason}`, {
    node,
    ...(more.detail === undefined ? {} : { detail: more.detail }),
    ...(remedy === '' ? {} : { remedy }),
    ...(more.cause === undefined ? {} : { cause: more.cause }),
  });
}

/** The plain words for an error of a socket or of the SSH handshake. */
export function plainReason(error: unknown, destination: { host: string; port: number }): string {
  const where = `${destination.host} port ${destination.port}`;
  const { code, message } = error as { code?: unknown; message?: string };
  switch (typeof code === 'string' ? code : '') {
    case 'ECONNREFUSED':
      return `${where} refused the connection: no sshd listens there`;
    case 'ETIMEDOUT':
      return `${where} did not answer`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
      return `${where} is unreachable: no route to it`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_FAIL':
      return `the name ${destination.host} does not resolve to an address`;
    case 'ECONNRESET':
    case 'EPIPE':
      return `${where} closed the connection`;
  }
  if (/before handshake/i.test(message ?? ''))
    return `${where} closed the connection before the SSH handshake`;
  return `${where}: ${message ?? String(error)}`;
}

/** The connection went away under a running command. */
export function lostDuring(node: string, label: string, cause: unknown, reproduce?: string): HastconfError {
  return unreachable(node, `the connection was lost while running: ${label}`, {
    ...(cause instanceof Error ? { detail: cause.message } : {}),
    remedy: 'What the command did is not known; run hastconf again, it looks first.',
    ...(reproduce === undefined ? {} : { reproduce }),
    cause,
  });
}

/** A command that outlived its limit: exit 6. */
export function timedOut(node: string, label: string, timeoutMs: number): HastconfError {
  return new HastconfError(
    ExitCode.Timeout,
    `${node}: no end of \`${label}\` within ${Math.round(timeoutMs / 100) / 10} s`,
    {
      node,
      remedy: `The command was told to stop; look on ${node} whether it still runs before trying again.`,
    },
  );
}

/** A command that floods its output: exit 1. */
export function endlessAnswer(node: string, label: string, cause: Error): HastconfError {
  return new HastconfError(ExitCode.StepFailed, `${node}: an answer without end to: ${label}`, {
    node,
    detail: cause.message,
    remedy: `it was told to stop; look on ${node} what writes so much (start-up files of the login shell?)`,
    cause,
  });
}

/** A command ended by the caller's AbortSignal: the signal's own HastconfError, else exit 130. */
export function interrupted(node: string, label: string, reason: unknown): HastconfError {
  if (reason instanceof HastconfError) return reason;
  return new HastconfError(ExitCode.Interrupted, `${node}: interrupted while running: ${label}`, {
    node,
    cause: reason,
  });
}

/** The connection works, the rights do not: exit 3, found before anything is changed. */
export function notRoot(node: string, uid: string): HastconfError {
  return new HastconfError(ExitCode.Preflight, `${node}: no root rights (uid ${uid})`, {
    node,
    remedy: `Log in as root, or set \`become: sudo\`, \`doas\` or \`su\` for ${node} in the cluster file.`,
  });
}

/** sudo, doas or su did not give root: exit 4. */
export function becomeFailed(node: string, become: string, detail: string): HastconfError {
  return unreachable(node, `${become} did not give root rights`, {
    ...(detail.trim() === '' ? {} : { detail: detail.trim() }),
    remedy: wayToBecome(node, become, detail),
  });
}

function wayToBecome(node: string, become: string, detail: string): string {
  if (/no such file|not found/i.test(detail))
    return `Install it on ${node} (pkg install ${become}), or set \`become\` to what is there.`;
  if (detail.includes('nobody may be asked'))
    return `Run hastconf on a terminal to type it, or let the login user use ${become} on ${node} without one.`;
  const wheel = become === 'su' ? ' (member of wheel)' : '';
  return `Check that the login user may use ${become} on ${node}${wheel}.`;
}

/** What to do about an error of a socket, where more than looking closer can be said. */
export function wayToReach(error: unknown, node: string): string | undefined {
  switch ((error as { code?: unknown }).code) {
    case 'ECONNREFUSED':
      return `Start sshd on the console of ${node} (service sshd onestart), or set nodes.${node}.ssh to where it listens.`;
    case 'ENOTFOUND':
    case 'EAI_FAIL':
      return `Set nodes.${node}.ssh.host to an address, or to a name that resolves here.`;
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
      return `Check that ${node} is on and that nodes.${node}.ssh.host is its address.`;
  }
  return undefined;
}
