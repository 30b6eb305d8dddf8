import { DEFAULT_AGENT, DEFAULT_CARP, DEFAULT_HAST } from '../defaults.js';
import type { ClusterSpec } from '../types.js';
import { formatDuration } from '../units.js';
import type { SpecFlag } from './types.js';
import { numberOr } from './words.js';

type Scalar = Pick<SpecFlag, 'name' | 'group' | 'description'> &
  Partial<Pick<SpecFlag, 'choices' | 'completes'>> & {
    /** Key path in the cluster file. */
    key: string;
    value?: string;
    /** The value as the file has it, from the text of the command line; default: the text. */
    read?: (text: string) => unknown;
    file?: boolean;
    /** Undefined: nothing to say. */
    text: (spec: ClusterSpec) => string | undefined;
  };

function scalar({ key, read, file, text, ...rest }: Scalar): SpecFlag {
  const value = rest.value ?? (rest.choices ? `<${rest.choices.join('|')}>` : '<value>');
  return {
    ...rest,
    value,
    ...(file && { completes: 'file' as const }),
    gives: { [key]: value },
    put(sheet, given) {
      sheet.set(key.split('.'), read ? read(given) : file ? sheet.file(given) : given);
      return undefined;
    },
    of(spec) {
      const own = text(spec);
      return own === undefined ? [] : [own];
    },
  };
}

/** Text where it is not what would be meant anyway. */
const unless = <T extends string | number>(
  value: T,
  meant: T,
  shown: (value: T) => string = String,
): string | undefined => (value === meant ? undefined : shown(value));

const orNull = (text: string): string | null => (text === 'none' ? null : text);

const SCALARS: readonly Scalar[] = [
  {
    ...{ name: 'name', group: 'pair', key: 'name', value: '<name>' },
    description: 'what the pair is called',
    text: ({ name }) => name,
  },
  {
    ...{ name: 'preferred', group: 'pair', key: 'preferred', value: '<node>', completes: 'node' },
    description: 'the node that becomes primary first (default: the first node)',
    text: ({ preferred, nodes }) => unless(preferred, nodes[0].name),
  },
  {
    ...{ name: 'carp-address', group: 'carp', key: 'carp.address', value: '<address/prefix>' },
    description: 'the address that moves with the storage, such as 192.168.50.10/24',
    text: ({ carp }) => `${carp.address}/${carp.prefixLength}`,
  },
  {
    ...{ name: 'vhid', group: 'carp', key: 'carp.vhid', value: '<1-255>', read: numberOr },
    description: 'its virtual host id, unique on that network',
    text: ({ carp }) => String(carp.vhid),
  },
  {
    ...{ name: 'advbase', group: 'carp', key: 'carp.advbase', value: '<seconds>', read: numberOr },
    description: `seconds between advertisements (default: ${DEFAULT_CARP.advbase})`,
    text: ({ carp }) => unless(carp.advbase, DEFAULT_CARP.advbase as number),
  },
  {
    ...{ name: 'carp-password-file', group: 'carp', key: 'carp.password.file', value: '<file>', file: true },
    description:
      'file that holds the CARP password; also HASTCONF_CARP_PASSWORD_FILE (default: beside the cluster file, generated when missing)',
    text: ({ carp }) => carp.passwordFile,
  },
  {
    ...{ name: 'hast-replication', group: 'hast', key: 'hast.replication' },
    choices: ['memsync', 'fullsync', 'async'],
    description: `when a write counts as done (default: ${DEFAULT_HAST.replication})`,
    text: ({ hast }) => unless(hast.replication, DEFAULT_HAST.replication),
  },
  {
    ...{ name: 'hast-timeout', group: 'hast', key: 'hast.timeout', value: '<duration>' },
    description: `how long a dead secondary may stall writes (default: ${DEFAULT_HAST.timeout}s)`,
    text: ({ hast }) => unless(hast.timeout, DEFAULT_HAST.timeout, formatDuration),
  },
  {
    ...{ name: 'hast-compression', group: 'hast', key: 'hast.compression' },
    choices: ['hole', 'lzf', 'none'],
    description: `of what is sent (default: ${DEFAULT_HAST.compression})`,
    text: ({ hast }) => unless(hast.compression, DEFAULT_HAST.compression),
  },
  {
    ...{ name: 'hast-checksum', group: 'hast', key: 'hast.checksum' },
    choices: ['none', 'crc32', 'sha256'],
    description: `of what is sent (default: ${DEFAULT_HAST.checksum})`,
    text: ({ hast }) => unless(hast.checksum, DEFAULT_HAST.checksum),
  },
  {
    ...{ name: 'agent-settle', group: 'agent', key: 'agent.settle', value: '<duration>' },
    description: `how long CARP must hold a state before it counts (default: ${DEFAULT_AGENT.settle}s)`,
    text: ({ agent }) => unless(agent.settle, DEFAULT_AGENT.settle, formatDuration),
  },
  {
    ...{ name: 'agent-boot-wait', group: 'agent', key: 'agent.bootWait', value: '<duration>' },
    description: `how long to wait for the other node after both were down (default: ${DEFAULT_AGENT.bootWait}s)`,
    text: ({ agent }) => unless(agent.bootWait, DEFAULT_AGENT.bootWait, formatDuration),
  },
  {
    ...{ name: 'agent-on-demote-failure', group: 'agent', key: 'agent.onDemoteFailure' },
    choices: ['reboot', 'alert'],
    description: `when the storage cannot be given up (default: ${DEFAULT_AGENT.onDemoteFailure})`,
    text: ({ agent }) => unless(agent.onDemoteFailure, DEFAULT_AGENT.onDemoteFailure),
  },
  {
    ...{ name: 'agent-failback', group: 'agent', key: 'agent.failback' },
    choices: ['manual', 'auto'],
    description: `whether the storage returns to the preferred node by itself (default: ${DEFAULT_AGENT.failback})`,
    text: ({ agent }) => unless(agent.failback, DEFAULT_AGENT.failback),
  },
  {
    ...{ name: 'agent-on-disk-error', group: 'agent', key: 'agent.onDiskError' },
    choices: ['alert', 'handover'],
    description: `when a disk of the serving node fails below HAST (default: ${DEFAULT_AGENT.onDiskError})`,
    text: ({ agent }) => unless(agent.onDiskError, DEFAULT_AGENT.onDiskError),
  },
  {
    ...{ name: 'agent-on-service-failure', group: 'agent', key: 'agent.onServiceFailure' },
    choices: ['alert', 'handover'],
    description: `when a service on the storage does not start or keeps dying (default: ${DEFAULT_AGENT.onServiceFailure})`,
    text: ({ agent }) => unless(agent.onServiceFailure, DEFAULT_AGENT.onServiceFailure),
  },
  {
    ...{ name: 'agent-peer-ssh-port', group: 'agent', key: 'agent.peerSshPort', value: '<port>' },
    read: numberOr,
    description: `port on which the nodes reach each other’s sshd (default: ${DEFAULT_AGENT.peerSshPort})`,
    text: ({ agent }) => unless(agent.peerSshPort, DEFAULT_AGENT.peerSshPort),
  },
  {
    ...{ name: 'agent-fence', group: 'agent', key: 'agent.fence', value: '<program>', read: orNull },
    description: 'program on the nodes that cuts the other node’s power; none: there is none',
    text: ({ agent }) => agent.fence ?? undefined,
  },
  {
    ...{ name: 'agent-notify', group: 'agent', key: 'agent.notify', value: '<program>', read: orNull },
    description: 'program on the nodes that is told of every change; none: there is none',
    text: ({ agent }) => agent.notify ?? undefined,
  },
];

export const scalarFlags: readonly SpecFlag[] = SCALARS.map(scalar);

export const unicastFlag: SpecFlag = {
  name: 'carp-unicast',
  group: 'carp',
  description: 'advertise to the other node alone; FreeBSD 14 and later',
  gives: { 'carp.unicast': '' },
  put(sheet, value) {
    sheet.set(['carp', 'unicast'], value === 'yes');
    return undefined;
  },
  of: ({ carp }) => (carp.unicast === DEFAULT_CARP.unicast ? [] : [carp.unicast ? 'yes' : 'no']),
};

export const witnessFlag: SpecFlag = {
  name: 'witness',
  group: 'agent',
  value: '<address>',
  repeatable: true,
  description:
    'a third machine that must answer, such as the default gateway; or none; replaces all that the file has',
  gives: { 'agent.witness': '<address>', 'agent.witness.*': '<address>' },
  put(sheet, value) {
    if (value === 'none') sheet.set(['agent', 'witness'], []);
    else sheet.append(['agent', 'witness'], value);
    return undefined;
  },
  of: ({ agent }) => agent.witness,
};
