import { randomBytes } from 'node:crypto';
import type { Client } from 'ssh2';
import { openChannel, type Running, runOn } from './channel.js';
import { becomeFailed } from './failure.js';
import type { Patience } from './limits.js';
import { Password, untilReady } from './root-password.js';
import { withTerminal } from './root-terminal.js';
import { type Rooting, type Run, SHELL } from './rooting.js';
import { LOGIN_ENV } from './script.js';
import { quoteWord } from './words.js';

/**
 * How scripts become root on this connection; found out once.
 *
 * sudo and doas are first tried with `-n`: without a password everything stays a plain pipe. Where a
 * password is needed, sudo reads it from stdin (`-S`), while doas and su read it from a terminal, so
 * those two get a pty. In both cases a marker printed by the new root shell says that the password was
 * taken; only then is the script sent, so that a refused password can never make the script its victim,
 * nor the password a command.
 */
export async function wayToRoot(
  client: Client,
  rooting: Rooting,
  patience: Patience,
  opened: (running: Running) => void,
): Promise<Run> {
  const { become } = rooting;
  if (become === 'none') return plain(client, SHELL, rooting);
  if (become === 'su') return withTerminal(client, rooting, ['su', 'root', '-c']);
  const command = `${LOGIN_ENV} ${become} -n`;
  const probe = await plain(client, `${command} /usr/bin/true`, rooting)('', patience, opened);
  if (probe.code === 0) return plain(client, `${command} ${SHELL}`, rooting);
  if (!/password|authenticat|authori[sz]/i.test(probe.stderr)) {
    throw becomeFailed(rooting.node, become, `exit ${probe.code}: ${probe.stderr}`);
  }
  return become === 'sudo'
    ? withStdin(client, rooting)
    : withTerminal(client, rooting, ['doas', '/bin/sh', '-c']);
}

function plain(client: Client, command: string, { onChannel }: Rooting): Run {
  return async (input, _patience, opened, onStdout) => {
    onChannel();
    const running = await openChannel(client, command);
    opened(running);
    return runOn(running, input, onStdout);
  };
}

/** sudo -S: the prompt and the marker come on stderr, the script follows the password on stdin. */
function withStdin(client: Client, rooting: Rooting): Run {
  const password = new Password(rooting);
  return async (input, patience, opened, onStdout) => {
    const nonce = randomBytes(9).toString('hex');
    const [asks, ready] = [`hastconf-asks-${nonce}`, `hastconf-ready-${nonce}`];
    const inner = `echo ${ready} >&2; exec ${SHELL}`;
    const command = `${LOGIN_ENV} sudo -S -k -p ${asks} /bin/sh -c ${quoteWord(inner)}`;
    const running = await password.open(patience, async (answer) => {
      rooting.onChannel();
      const fresh = await openChannel(client, command);
      opened(fresh);
      const question = async () => answer(`[sudo] password for ${rooting.user}:`);
      await untilReady(fresh.channel, `${ready}\n`, (text) => text.includes(asks), question, rooting);
      return fresh;
    });
    return runOn(running, input, onStdout);
  };
}
