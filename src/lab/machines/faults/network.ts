import { cardName } from '../argv.js';
import { NETWORKS, type Network } from '../set.js';
import type { SwitchRule } from '../switch.js';
import { type FaultTable, type FaultWorld, numberIn } from './types.js';

type Rule = Omit<SwitchRule, 'network'>;

function networkOf(word: string | undefined, fail: () => never): Network {
  return NETWORKS.find((name) => name === word) ?? fail();
}

/** Rules of the switch under one name. */
function addRules(world: FaultWorld, name: string, text: string, network: Network, rules: readonly Rule[]) {
  const keys = rules.map((_, index) => `${name} ${index}`);
  for (const [index, rule] of rules.entries()) world.set.net.setRule(keys[index] ?? '', { network, ...rule });
  const undo = async () => {
    for (const key of keys) world.set.net.dropRule(key);
  };
  world.faults.add({ name, text, undo });
  return { text, data: { name, text } };
}

/** Both ways of one port, or of all. */
function bothWays(node: string | undefined, what: Rule): Rule[] {
  return node === undefined
    ? [what]
    : [
        { ...what, from: node },
        { ...what, to: node },
      ];
}

const NETWORK = NETWORKS.join('|');

/** What happens between the machines. The carrier stays, but for `no-carrier` and `carp-flap`. */
export const NETWORK_FAULTS: FaultTable = {
  'cut-link': {
    words: `${NETWORK} [NODE]`,
    help: 'the network, or the port of one machine, passes nothing more; the carrier stays',
    async run(world, [word, node], fail) {
      const network = networkOf(word, fail);
      if (node !== undefined) world.station(node);
      const what = [network, node].filter(Boolean);
      const rules = bothWays(node, { lose: 1 });
      return addRules(world, ['cut-link', ...what].join('-'), `${what.join(' ')}: cut`, network, rules);
    },
  },
  'restore-link': {
    words: `${NETWORK} [NODE]`,
    help: 'undo cut-link',
    async run(world, [word, node], fail) {
      const network = networkOf(word, fail);
      const name = ['cut-link', network, node].filter(Boolean).join('-');
      for (const fault of world.faults.list()) {
        const within = node === undefined && fault.name.startsWith(`${name}-`);
        if (fault.name === name || within) await world.faults.undo(fault.name);
      }
      return { text: `${[network, node].filter(Boolean).join(' ')}: restored` };
    },
  },
  'cut-way': {
    words: `${NETWORK} FROM TO`,
    help: 'frames of one machine no longer reach the other; the other way works',
    async run(world, [word, from, to], fail) {
      const network = networkOf(word, fail);
      const rule = { from: world.station(from).name, to: world.station(to).name, lose: 1 };
      const text = `${network}: nothing from ${from} to ${to}`;
      return addRules(world, `cut-way-${network}-${from}-${to}`, text, network, [rule]);
    },
  },
  'lossy-link': {
    words: `${NETWORK} NODE PERCENT`,
    help: 'so many frames of a hundred are lost, each way',
    async run(world, [word, node, percent], fail) {
      const network = networkOf(word, fail);
      const lose = numberIn(percent, 0, 100, fail) / 100;
      const rules = bothWays(world.station(node).name, { lose });
      return addRules(
        world,
        `lossy-link-${network}-${node}`,
        `${network} ${node}: ${percent} % lost`,
        network,
        rules,
      );
    },
  },
  'slow-link': {
    words: `${NETWORK} NODE MILLISECONDS`,
    help: 'every frame takes so much longer, each way',
    async run(world, [word, node, delay], fail) {
      const network = networkOf(word, fail);
      const delayMs = numberIn(delay, 0, 60_000, fail);
      const rules = bothWays(world.station(node).name, { delayMs });
      return addRules(
        world,
        `slow-link-${network}-${node}`,
        `${network} ${node}: ${delay} ms later`,
        network,
        rules,
      );
    },
  },
  'no-carrier': {
    words: `${NETWORK} NODE`,
    help: 'unplug the cable: the machine sees that the carrier is gone',
    async run(world, [word, node], fail) {
      const network = networkOf(word, fail);
      const station = world.station(node);
      const name = `no-carrier-${network}-${station.name}`;
      const text = `${network} ${station.name}: no carrier`;
      await setLink(world, station.name, network, false);
      world.faults.add({
        name,
        text,
        inGuest: station.name,
        undo: () => setLink(world, station.name, network, true),
      });
      return { text, data: { name, text } };
    },
  },
  'carp-flap': {
    words: 'NODE',
    help: 'the LAN cable is out for a second',
    async run(world, [node]) {
      const { name } = world.station(node);
      await setLink(world, name, 'lan', false);
      await new Promise((resolve) => setTimeout(resolve, 1000));
      await setLink(world, name, 'lan', true);
      return { text: `${name}: vtnet1 went down and up` };
    },
  },
};

async function setLink(world: FaultWorld, node: string, network: Network, up: boolean): Promise<void> {
  const card = cardName(NETWORKS.indexOf(network) + 1);
  await world.station(node).machine.qmp.run('set_link', { name: card, up });
}
