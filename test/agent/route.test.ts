import { afterEach, expect, test } from 'vitest';
import { FakeNode } from './node.js';

let node: FakeNode;
afterEach(() => node.remove());

test.each([
  ['10.77.0.2', '-host 10.77.0.2 127.0.0.1 -reject', '-host 10.77.0.2'],
  ['fd00:77::2', '-inet6 -host fd00:77::2 ::1 -reject', '-inet6 -host fd00:77::2'],
])(
  'the dead peer %s is out of reach for a moment, whatever its family',
  async (peerReplication, add, del) => {
    node = new FakeNode({ peerReplication });
    expect(await node.run('load_config; block_peer; unblock_peer; unblock_peer')).toMatchObject({ code: 0 });
    expect(node.calls()).toEqual([`route -q add ${add}`, `route -q delete ${del}`]);
  },
);
