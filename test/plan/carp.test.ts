import { describe, expect, it } from 'vitest';
import type { NodeFacts } from '../../src/facts/types.js';
import type { Plan } from '../../src/plan/types.js';
import { AGENT_CONF } from '../../src/spec/paths.js';
import { PAIR_YAML } from './fixtures.js';
import { planOver, runningPair } from './running-pair.js';

const carpOf = ({ steps }: Plan) =>
  steps
    .filter(({ phase, action }) => ['withdraw', 'carp', 'rejoin'].includes(phase) && action.kind === 'script')
    .map(({ id }) => id);

const scriptOf = ({ steps }: Plan, id: string) => {
  const action = steps.find((step) => step.id === id)?.action;
  return action?.kind === 'script' ? action.script.slice(action.script.indexOf('has_carp() {')) : '';
};
const lastLines = (script: string) =>
  script
    .trim()
    .split('\n')
    .filter((line) => line.includes('ifconfig') && !line.includes('while read'));

describe('a changed CARP password', () => {
  const made = planOver(PAIR_YAML, runningPair(), { password: 'new_one' });

  it('never lets the two hear each other with different ones', () => {
    expect(carpOf(made)).toEqual(['hastb/withdraw/carp', 'hasta/carp/1@vtnet1', 'hastb/rejoin/1@vtnet1']);
  });

  it('leaves the address of the serving node where it is', () => {
    const action = made.steps.find(({ id }) => id === 'hasta/carp/1@vtnet1')?.action;
    expect(action?.kind === 'script' && action.script).toMatch(
      /^ifconfig vtnet1 vhid 1 advbase 1 pass new_one$/m,
    );
    expect(made.effect).toEqual({ impact: 'reload', interruptionSeconds: 0 });
  });

  it('comes back on the standby at the skew for the boot, which its agent lowers', () => {
    const action = made.steps.find(({ id }) => id === 'hastb/rejoin/1@vtnet1')?.action;
    expect(action?.kind === 'script' && action.script).toContain(
      'ifconfig vtnet1 inet vhid 1 advbase 1 advskew 240 pass new_one alias 192.168.50.10/32',
    );
  });

  it('is shown nowhere', () => {
    const shown = made.steps.map(({ title, diff, impact }) => [title, diff, impact?.detail].join(' '));
    expect(shown.join('\n')).not.toMatch(/new_one|pass pw/);
  });

  it('needs no pause of the agents', () => {
    expect(made.steps.filter(({ phase }) => phase === 'pause')).toEqual([]);
  });
});

describe('a changed VHID', () => {
  const made = planOver(PAIR_YAML.replace('vhid: 1', 'vhid: 12'));
  const serving = scriptOf(made, 'hasta/carp/12@vtnet1');

  it('is never up on one node while the old one is on the other', () => {
    expect(made.problems).toEqual([]);
    expect(carpOf(made)).toEqual(['hastb/withdraw/carp', 'hasta/carp/12@vtnet1', 'hastb/rejoin/12@vtnet1']);
  });

  it('takes the old one off first, keeps the skew, and becomes MASTER at once', () => {
    expect(lastLines(serving)).toEqual([
      '! has_carp vtnet1 192.168.50.10 1 || ifconfig vtnet1 inet 192.168.50.10 -alias || exit 1',
      'ifconfig vtnet1 inet vhid 12 advbase 1 advskew 0 pass pw alias 192.168.50.10/32 || exit 1',
      '\tcase $(ifconfig vtnet1) in *"carp: MASTER vhid 12 "*) return 0 ;; esac',
      '\tifconfig vtnet1 vhid 12 state master',
    ]);
  });

  it('takes the place of the old one in rc.conf', () => {
    const diff = made.steps.find(({ id }) => id === 'hastb/files/etc/rc.conf')?.diff ?? '';
    expect(diff).toContain('-ifconfig_vtnet1_alias0="inet vhid 1 ');
    expect(diff).toContain('+ifconfig_vtnet1_alias0="inet vhid 12 ');
  });

  // An agent whose address is gone gives up once the other one is ready: it must know before that one is.
  it('lets the agents keep still from before until they know of it, the serving one first', () => {
    const ids = made.steps.map(({ id }) => id);
    const order = [
      'hasta/pause/agent',
      'hastb/withdraw/carp',
      'hastb/withdraw/usr/local/etc/hastconf/agent.conf',
      'hasta/carp/12@vtnet1',
      'hasta/carp/usr/local/etc/hastconf/agent.conf',
      'hastb/rejoin/12@vtnet1',
      'hasta/agent/resume',
      'hasta/agent/serving',
    ].map((id) => ids.indexOf(id));
    expect(order).not.toContain(-1);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(made.effect).toEqual({ impact: 'interruption', interruptionSeconds: 1 });
  });
});

it('a run that was cut off after the serving node changed still tells its agent before the standby is back', () => {
  const yaml = PAIR_YAML.replace('vhid: 1', 'vhid: 12');
  const [before, after] = [runningPair(), runningPair(yaml)];
  const hasta = {
    ...after.hasta,
    files: { ...after.hasta.files, [AGENT_CONF]: before.hasta.files[AGENT_CONF] },
  };
  const ids = planOver(yaml, { hasta, hastb: before.hastb }).steps.map(({ id }) => id);
  const order = ['hasta/pause/agent', `hasta/carp${AGENT_CONF}`, 'hastb/rejoin/12@vtnet1'].map((id) =>
    ids.indexOf(id),
  );
  expect(order).not.toContain(-1);
  expect(order).toEqual(order.toSorted((a, b) => a - b));
});

it('Ctrl-C does not leave the standby without its address', () => {
  const made = planOver(PAIR_YAML.replace('vhid: 1', 'vhid: 12'));
  const begun = made.steps.filter(({ phase }) => ['withdraw', 'carp', 'rejoin'].includes(phase)).slice(1);
  expect(begun).toHaveLength(4);
  expect(begun.every(({ atomic }) => atomic)).toBe(true);
  expect(made.steps.filter(({ phase, atomic }) => phase === 'agent' && atomic)).toEqual([]);
});

describe('an address or interface that changes', () => {
  it('replaces the old address of ours, which is no stranger’s', () => {
    const made = planOver(PAIR_YAML.replace('192.168.50.10/24', '192.168.50.77/24'));
    expect(made.problems).toEqual([]);
    expect(lastLines(scriptOf(made, 'hasta/carp/1@vtnet1')).slice(0, 2)).toEqual([
      '! has_carp vtnet1 192.168.50.10 1 || ifconfig vtnet1 inet 192.168.50.10 -alias || exit 1',
      'ifconfig vtnet1 inet vhid 1 advbase 1 advskew 0 pass pw alias 192.168.50.77/32 || exit 1',
    ]);
    expect(made.effect?.interruptionSeconds).toBe(1);
  });

  it('leaves no line for the old interface in rc.conf', () => {
    const made = planOver(PAIR_YAML.replaceAll('interface: vtnet1', 'interface: vtnet0'));
    expect(made.problems).toEqual([]);
    const write = made.steps.find(({ id }) => id === 'hasta/files/etc/rc.conf');
    expect(write?.action.kind === 'write' && write.action.content).not.toContain('ifconfig_vtnet1_alias');
    expect(write?.diff).toContain('-ifconfig_vtnet1_alias0="inet vhid 1 ');
    expect(write?.diff).toContain('+ifconfig_vtnet0_alias0="inet vhid 1 ');
    expect(write?.verify).toContain('sysrc -i -n ifconfig_vtnet1_alias0');
  });

  it('of the standby alone does not touch the serving node', () => {
    const yaml = PAIR_YAML.replace(
      'replication: 10.77.0.2, interface: vtnet1',
      'replication: 10.77.0.2, interface: vtnet0',
    );
    expect(carpOf(planOver(yaml))).toEqual(['hastb/withdraw/carp', 'hastb/rejoin/1@vtnet0']);
  });

  it('still is a stranger’s when no apply has put it there', () => {
    const facts = runningPair();
    const foreign = { family: 4 as const, address: '192.168.50.99', prefixLength: 32, vhid: 1 };
    const add = (own: NodeFacts) => ({
      ...own,
      interfaces: own.interfaces.map((nic) =>
        nic.name === 'vtnet1' ? { ...nic, addresses: [...nic.addresses, foreign] } : nic,
      ),
    });
    const { problems } = planOver(PAIR_YAML, { ...facts, hasta: add(facts.hasta) });
    expect(problems).toMatchObject([{ id: 'vhid-in-use', node: 'hasta' }]);
  });
});

describe('an old address that was left beside the wanted one', () => {
  const beside = (vhid: number, password = 'pw') => {
    const facts = runningPair();
    const old = { family: 4 as const, address: '192.168.50.9', prefixLength: 32, vhid };
    const conf = facts.hasta.files[AGENT_CONF]!;
    const told = conf.content
      .replace("carp_vhid='1'", `carp_vhid='${vhid}'`)
      .replace("carp_address='192.168.50.10'", "carp_address='192.168.50.9'");
    facts.hasta = {
      ...facts.hasta,
      files: { ...facts.hasta.files, [AGENT_CONF]: { ...conf, content: told } },
      interfaces: facts.hasta.interfaces.map((nic) =>
        nic.name === 'vtnet1' ? { ...nic, addresses: [...nic.addresses, old] } : nic,
      ),
    };
    const made = planOver(PAIR_YAML, facts, { password });
    return made.steps.find(({ id }) => id === 'hasta/carp/1@vtnet1');
  };
  const lines = (step: ReturnType<typeof beside>) =>
    step?.action.kind === 'script' ? step.action.script.split('\n') : [];

  it('goes; the wanted one stays, and takes its password in place', () => {
    const step = beside(4, 'new_one');
    expect(lines(step)).toContain(
      '! has_carp vtnet1 192.168.50.9 4 || ifconfig vtnet1 inet 192.168.50.9 -alias || exit 1',
    );
    expect(lines(step)).toContain('ifconfig vtnet1 vhid 1 advbase 1 pass new_one || exit 1');
    expect(lines(step).join()).not.toContain(' alias 192.168.50.10');
    expect(step?.impact?.kind).toBe('nothing');
  });

  it('of the same VHID makes CARP elect anew, which is said', () => {
    expect(beside(1)?.impact).toMatchObject({ kind: 'interruption', seconds: 1 });
  });
});

it('a longer interval is set in place on the serving node, with nobody there to preempt it', () => {
  const made = planOver(PAIR_YAML.replace('vhid: 1 }', 'vhid: 1, advbase: 2 }'));
  expect(carpOf(made)).toEqual(['hastb/withdraw/carp', 'hasta/carp/1@vtnet1', 'hastb/rejoin/1@vtnet1']);
  expect(made.effect?.interruptionSeconds).toBe(0);
});

describe('an address that somebody took off', () => {
  const without = (own: NodeFacts): NodeFacts => ({
    ...own,
    interfaces: own.interfaces.map((nic) => ({
      ...nic,
      carp: [],
      addresses: nic.addresses.filter(({ vhid }) => vhid === undefined),
    })),
  });

  it('of the standby comes back, and is told as drift', () => {
    const facts = runningPair();
    const made = planOver(PAIR_YAML, { ...facts, hastb: without(facts.hastb) });
    expect(carpOf(made)).toEqual(['hastb/rejoin/1@vtnet1']);
    expect(made.steps.find(({ phase }) => phase === 'rejoin')?.drift).toContain('since the last apply');
  });

  it('of the serving node keeps no new password from the other one', () => {
    const facts = runningPair();
    const made = planOver(PAIR_YAML, { ...facts, hasta: without(facts.hasta) }, { password: 'new_one' });
    expect(carpOf(made)).toEqual(['hasta/carp/1@vtnet1', 'hastb/carp/1@vtnet1']);
    const action = made.steps.find(({ id }) => id === 'hastb/carp/1@vtnet1')?.action;
    expect(action?.kind === 'script' && action.script).toMatch(
      /^ifconfig vtnet1 vhid 1 advbase 1 pass new_one$/m,
    );
  });

  it('of both comes back on both at once', () => {
    const facts = runningPair();
    const made = planOver(PAIR_YAML, { hasta: without(facts.hasta), hastb: without(facts.hastb) });
    expect(carpOf(made)).toEqual(['hasta/carp/1@vtnet1', 'hastb/carp/1@vtnet1']);
  });
});

describe('unicast announcements (FreeBSD 14)', () => {
  const os = { release: '14.2-RELEASE', osreldate: 1402000, arch: 'amd64' };
  const UNICAST = PAIR_YAML.replace('vhid: 1 }', 'vhid: 1, unicast: true }');
  const scripts = (made: Plan) =>
    made.steps.flatMap(({ action }) => (action.kind === 'script' ? action.script.split('\n') : []));

  it('are said in place, and back to multicast as well', () => {
    expect(scripts(planOver(UNICAST, runningPair(PAIR_YAML, { os })))).toContain(
      'ifconfig vtnet1 vhid 1 peer 192.168.50.12 advbase 1 pass pw',
    );
    expect(scripts(planOver(PAIR_YAML, runningPair(UNICAST, { os })))).toContain(
      'ifconfig vtnet1 vhid 1 mcast advbase 1 pass pw',
    );
  });

  it('are said again when the node takes the address at once', () => {
    expect(scripts(planOver(UNICAST.replace('vhid: 1', 'vhid: 7'), runningPair(UNICAST, { os })))).toContain(
      '\tifconfig vtnet1 vhid 7 peer 192.168.50.12 state master',
    );
  });
});
