import type { NodeSpec } from '../types.js';
import type { Sheet } from './sheet.js';
import type { SpecFlag } from './types.js';
import { joinList, named, numberOr, splitList, splitOnce } from './words.js';

const FIELDS = ['ssh', 'local', 'identity', 'become', 'replication', 'interface'] as const;
type Field = (typeof FIELDS)[number];

/** `--node hasta=ssh:root@192.0.2.11:22,replication:10.77.0.1,interface:vtnet1`, a field or several at once. */
export const nodeFlag: SpecFlag = {
  name: 'node',
  group: 'pair',
  value: '<name=field:value,…>',
  repeatable: true,
  description:
    'a node and any of its fields: ssh:[user@]host[:port] or local, identity:FILE, become:none|sudo|doas|su, replication:ADDRESS, interface:NAME; once a node, or once a field',
  gives: {
    nodes: 'NAME=ssh:HOST,replication:ADDRESS,interface:NAME',
    'nodes.*.ssh': '*=ssh:[USER@]HOST[:PORT]',
    'nodes.*.ssh.identity': '*=identity:FILE',
    'nodes.*.ssh.become': '*=become:HOW',
    'nodes.*.local': '*=local',
    'nodes.*.replication': '*=replication:ADDRESS',
    'nodes.*.interface': '*=interface:NAME',
  },
  put(sheet, value) {
    const entry = named(value);
    if (!entry) return 'must be NAME=FIELD:VALUE,…, such as hasta=ssh:root@192.0.2.11,replication:10.77.0.1';
    const [name, fields] = entry;
    if (sheet.get(['nodes', name]) === undefined) sheet.set(['nodes', name], {});
    for (const text of splitList(fields)) {
      const [field, rest] = splitOnce(text, ':');
      if (!FIELDS.some((known) => known === field) || (rest === undefined) !== (field === 'local')) {
        return `has ${JSON.stringify(text)}, which is none of ${FIELDS.map((known) => (known === 'local' ? known : `${known}:…`)).join(', ')}`;
      }
      putField(sheet, name, field as Field, rest ?? '');
    }
    return undefined;
  },
  of: ({ nodes }) => nodes.map(nodeText),
};

function putField(sheet: Sheet, name: string, field: Field, value: string): void {
  const node = ['nodes', name];
  if (field === 'local') {
    sheet.remove([...node, 'ssh']);
    sheet.set([...node, 'local'], true);
  } else if (field === 'ssh') {
    putLogin(sheet, name, value);
  } else if (field === 'identity') {
    sheet.set([...node, 'ssh', 'identity'], sheet.file(value));
  } else if (field === 'become') {
    sheet.set([...node, 'ssh', 'become'], value);
  } else {
    sheet.set([...node, field], value);
  }
}

/** Host, port and user are one value: what the file says of them goes together. */
function putLogin(sheet: Sheet, name: string, text: string): void {
  const node = ['nodes', name];
  sheet.remove([...node, 'local']);
  for (const key of ['local', 'host', 'port', 'user']) sheet.remove([...node, 'ssh', key]);
  const login = text.lastIndexOf('@');
  const place = text.slice(login + 1);
  const match = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/.exec(place);
  // A bare IPv6 address has several colons and no brackets.
  const bare = match === null || (match[2] !== undefined && (match[3] ?? '').includes(':'));
  sheet.set([...node, 'ssh', 'host'], bare ? place : (match[1] ?? match[2]!));
  if (!bare && match[3] !== undefined) sheet.set([...node, 'ssh', 'port'], numberOr(match[3]));
  if (login !== -1) sheet.set([...node, 'ssh', 'user'], text.slice(0, login));
}

function nodeText({ name, ssh, replication, interface: carrier }: NodeSpec): string {
  const fields = [...loginFields(ssh), `replication:${replication}`, `interface:${carrier}`];
  return `${name}=${joinList(fields)}`;
}

function loginFields(ssh: NodeSpec['ssh']): string[] {
  if ('local' in ssh) return ['local'];
  const host = ssh.host.includes(':') ? `[${ssh.host}]` : ssh.host;
  const user = ssh.user === undefined ? '' : `${ssh.user}@`;
  return [
    `ssh:${user}${host}${ssh.port === undefined ? '' : `:${ssh.port}`}`,
    ...(ssh.identity === undefined ? [] : [`identity:${ssh.identity}`]),
    ...(ssh.become === 'none' ? [] : [`become:${ssh.become}`]),
  ];
}
