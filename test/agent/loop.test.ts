import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeNode } from './node.js';

let node: FakeNode;
beforeEach(() => {
  node = new FakeNode();
});
afterEach(() => node.remove());

/** device_lost of a loop that began with two resources, on a node that has the device of the first alone. */
const lost = async (agentConf: string, attached = true) => {
  const script = `
resources=' disk0 disk1' etc=$run dev=$run/dev
mkdir -p "$dev" && : >"$dev/disk0"
printf '%s' "$1" >"$etc/agent.conf"
${attached ? ':' : '! :'} && : >"$run/attached"
if device_lost; then echo lost; else echo there; fi`;
  return (await node.run(`set -- '${agentConf.replaceAll("'", "'\\''")}'\n${script}`)).stdout.trim();
};

const declare = (...names: string[]) => names.map((name) => `declare_resource '${name}'\n`).join('');

test('a device that is gone is noticed within a second', async () => {
  expect(await lost(declare('disk0', 'disk1'))).toBe('lost');
});

test('a resource that the configuration has lost meanwhile is none that hastd has lost', async () => {
  expect(await lost(declare('disk0'))).toBe('there');
});

test('a node that has nothing attached has nothing to lose', async () => {
  expect(await lost(declare('disk0', 'disk1'), false)).toBe('there');
});
