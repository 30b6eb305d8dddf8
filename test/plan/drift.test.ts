import { describe, expect, it } from 'vitest';
import type { NodeFacts } from '../../src/facts/types.js';
import { sha256 } from '../../src/plan/applied.js';
import { planJson } from '../../src/report/plan-json.js';
import { planText } from '../../src/report/plan-text.js';
import { AGENT_CONF, APPLIED, PEER_AUTHORIZED_KEYS } from '../../src/spec/paths.js';
import { PAIR_YAML } from './fixtures.js';
import { planOver, runningPair } from './running-pair.js';

const edited = (facts: NodeFacts, path: string, change: (text: string) => string): NodeFacts => {
  const file = facts.files[path]!;
  return { ...facts, files: { ...facts.files, [path]: { ...file, content: change(file.content) } } };
};

const driftOf = (facts: ReturnType<typeof runningPair>, yaml = PAIR_YAML) =>
  planOver(yaml, facts).steps.flatMap(({ id, drift }) => (drift === undefined ? [] : [`${id}: ${drift}`]));

const SINCE = 'since the apply of 2026-11-01 12:00 UTC';

describe('drift', () => {
  it('is told of a file of ours that somebody has edited, on that node alone', () => {
    const facts = runningPair();
    facts.hastb = edited(facts.hastb, '/etc/hast.conf', (text) => text.replace('timeout 10', 'timeout 30'));
    expect(driftOf(facts)).toEqual([`hastb/files/etc/hast.conf: changed ${SINCE}`]);
  });

  it('is told of our block in a file of somebody else’s, and not of their lines', () => {
    const facts = runningPair();
    facts.hasta = edited(facts.hasta, '/etc/hosts', (text) => `${text}192.0.2.1 mine\n`);
    expect(driftOf(facts)).toEqual([]);
    facts.hasta = edited(facts.hasta, '/etc/hosts', (text) => text.replace('10.77.0.1', '10.77.0.9'));
    expect(driftOf(facts)).toEqual([`hasta/files/etc/hosts: the block in /etc/hosts: changed ${SINCE}`]);
  });

  it('is told of a variable of ours, by its name and without its value', () => {
    const facts = runningPair();
    const line = facts.hasta.rc.ifconfig_vtnet1_alias0!;
    const other = line.replace('pass pw', 'pass theirs');
    facts.hasta = edited(facts.hasta, '/etc/rc.conf', (text) =>
      text.replace(line, other).replace('hastd_enable="YES"', 'hastd_enable="NO"'),
    );
    const rc = { ...facts.hasta.rc, ifconfig_vtnet1_alias0: other, hastd_enable: 'NO' };
    facts.hasta = { ...facts.hasta, rc };
    expect(driftOf(facts)).toEqual([
      `hasta/files/etc/rc.conf: hastd_enable in /etc/rc.conf, ifconfig_vtnet1_alias0 in /etc/rc.conf: changed ${SINCE}`,
    ]);
  });

  it('is told of an owner or a mode', () => {
    const facts = runningPair();
    const open = { ...facts.hasta.files[AGENT_CONF]!, mode: 0o644 };
    facts.hasta = { ...facts.hasta, files: { ...facts.hasta.files, [AGENT_CONF]: open } };
    expect(driftOf(facts)).toEqual([`hasta/agent${AGENT_CONF}: owner or mode changed since the last apply`]);
  });

  it('is told of what the kernel or a daemon has been told otherwise', () => {
    const facts = runningPair();
    const stopped = { exists: true, enabled: true, running: false };
    facts.hastb = {
      ...facts.hastb,
      sysctls: { 'net.inet.carp.preempt': '0' },
      services: { ...facts.hastb.services, carp_hast: stopped },
    };
    expect(driftOf(facts)).toEqual([
      'hastb/modules/preempt: changed since the last apply',
      'hastb/agent/start: it was set up, and does not run',
    ]);
  });

  it('is told of the channel between the agents', () => {
    const facts = runningPair();
    const content = facts.hasta.files[PEER_AUTHORIZED_KEYS]!.content;
    const left = facts.hasta.files[APPLIED]!.content;
    facts.hasta = edited(
      edited(facts.hasta, APPLIED, () => `${left}${sha256(content)} run ${PEER_AUTHORIZED_KEYS}\n`),
      PEER_AUTHORIZED_KEYS,
      (text) => `${text}ssh-ed25519 MINE\n`,
    );
    expect(driftOf(facts)).toEqual([`hasta/exchange${PEER_AUTHORIZED_KEYS}: changed since the apply of run`]);
  });

  it('is told of a file that is gone', () => {
    const facts = runningPair();
    facts.hasta = {
      ...facts.hasta,
      files: { ...facts.hasta.files, '/usr/local/etc/devd/hastconf.conf': undefined },
    };
    expect(driftOf(facts)).toEqual([`hasta/files/usr/local/etc/devd/hastconf.conf: removed ${SINCE}`]);
  });

  it('is no word for what the cluster file has changed', () => {
    const made = planOver(PAIR_YAML.replace('resources:', 'hast: { timeout: 15 }\nresources:'));
    expect(made.steps.length).toBeGreaterThan(0);
    expect(made.steps.filter(({ drift }) => drift !== undefined)).toEqual([]);
  });

  it('is not claimed of a pair whose applies nobody has recorded', () => {
    const facts = runningPair();
    const { '/var/db/hastconf/applied': _, ...files } = facts.hastb.files;
    facts.hastb = edited({ ...facts.hastb, files }, '/etc/hast.conf', (text) => `${text}# mine\n`);
    expect(driftOf(facts)).toEqual([]);
  });

  it('stands in the text and in the JSON', () => {
    const facts = runningPair();
    facts.hastb = edited(facts.hastb, '/etc/hast.conf', (text) => text.replace('timeout 10', 'timeout 30'));
    const made = planOver(PAIR_YAML, facts);
    const text = planText(made, { color: false, diffLines: 1 });
    expect(text).toContain(`hastb\n  Change /etc/hast.conf\n    drift: changed ${SINCE}\n`);
    expect(text).toContain('The storage stays available. Replication is away for some seconds.');
    expect(planJson(made)).toMatchObject({
      interruptionSeconds: 0,
      drift: [{ node: 'hastb', title: 'Change /etc/hast.conf', drift: `changed ${SINCE}` }],
    });
  });
});

it('a variable that rc.conf.local sets again is a problem: no step of ours can mend it', () => {
  const facts = runningPair();
  facts.hasta = { ...facts.hasta, rc: { ...facts.hasta.rc, hastd_enable: 'NO' } };
  expect(planOver(PAIR_YAML, facts).problems).toMatchObject([
    { id: 'rc-overridden', node: 'hasta', message: expect.stringContaining('sets hastd_enable') },
  ]);
});
