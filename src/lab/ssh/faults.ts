import { ExitCode, HastconfError } from '../../errors.js';
import type { LabSsh } from './server.js';

/** Faults of the SSH servers, by name, with their arguments. */
export const SSH_FAULTS: Readonly<Record<string, string>> = {
  'drop-ssh': 'NODE [after=BYTES | channel=COUNT]',
  'freeze-ssh': 'NODE',
  'thaw-ssh': 'NODE',
  'ssh-latency': 'NODE MILLISECONDS',
  'sftp-off': 'NODE',
  'sftp-on': 'NODE',
};

/** Does one of {@link SSH_FAULTS} and says so; undefined when the name is none of them. */
export async function sshFault(
  name: string,
  args: readonly string[],
  find: (node: string) => LabSsh,
): Promise<string | undefined> {
  const usage = SSH_FAULTS[name];
  if (usage === undefined) return undefined;
  const [node, how] = args;
  const wrong = () => new HastconfError(ExitCode.Usage, `usage: lab fault ${name} ${usage}`);
  if (node === undefined) throw wrong();
  const ssh = find(node);
  if (name === 'sftp-off' || name === 'sftp-on') {
    ssh.sftp = name === 'sftp-on';
    return `${node}: SFTP is ${ssh.sftp ? 'on' : 'off'}`;
  }
  if (name === 'freeze-ssh') {
    ssh.freeze();
    return `${node}: SSH is silent, connections stay open`;
  }
  if (name === 'thaw-ssh') {
    ssh.thaw();
    return `${node}: SSH answers again`;
  }
  if (name === 'ssh-latency') {
    if (!/^\d+$/.test(how ?? '')) throw wrong();
    ssh.latencyMs = Number(how);
    return `${node}: new SSH connections are ${how} ms slower each way`;
  }
  if (how === undefined) {
    ssh.cut();
    return `${node}: SSH connections cut`;
  }
  const match = /^(after|channel)=([1-9]\d*)$/.exec(how);
  if (!match) throw wrong();
  const count = Number(match[2]);
  if (match[1] === 'after') ssh.dropAfterBytes(count);
  else ssh.dropAtChannel(count);
  return match[1] === 'after'
    ? `${node}: SSH will be cut after ${count} more bytes`
    : `${node}: SSH will be cut when channel ${count} from now opens`;
}
