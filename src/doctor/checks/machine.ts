import type { NodeFacts } from '../../facts/types.js';
import { hasWord } from '../../formats/has-word.js';
import { clockProblems } from '../../plan/preflight/clock.js';
import { eachNode, failed, fromProblem, warning } from '../finding.js';
import type { DoctorNode, FactsCheck, Finding } from '../types.js';
import { verified } from './verification.js';

const TIME_DAEMONS = ['ntpd', 'chronyd', 'openntpd'];

export const clock: FactsCheck = {
  id: 'clock',
  title: 'Both clocks agree and are kept right',
  meaning: 'Records and logs of the two nodes are compared by time when they disagree about what happened.',
  beforeSetUp: true,
  test: (subject) => {
    const { spec, nodes } = subject;
    const facts = Object.fromEntries(nodes.map((node) => [node.name, node.facts]));
    const both = nodes.length === spec.nodes.length;
    const apart = both ? clockProblems({ spec, facts }).map((problem) => fromProblem(problem)) : [];
    return { findings: [...apart, ...nodes.flatMap(keptRight)] };
  },
};

function keptRight({ name, facts }: DoctorNode): Finding[] {
  const known = TIME_DAEMONS.flatMap((daemon) => facts.services[daemon] ?? []);
  if (known.length === 0 || known.some(({ running }) => running)) return [];
  const fix = `on ${name}: sysrc ntpd_enable=YES ntpd_sync_on_start=YES; service ntpd start`;
  return [warning(name, `nothing keeps the clock of ${name} right: no time daemon runs`, fix)];
}

export const syslog: FactsCheck = {
  id: 'syslog',
  title: 'syslogd keeps what the agent and hastd say',
  meaning: 'Without the log nobody can tell afterwards why the storage moved.',
  test: (subject) => eachNode(subject, syslogFindings),
};

function syslogFindings({ name, facts, answers }: DoctorNode): Finding[] {
  const findings: Finding[] = [];
  const service = facts.services.syslogd;
  if (service?.exists && !service.running) {
    const script = 'service syslogd onestart && service syslogd onestatus\n';
    const repair = { node: name, title: 'Start syslogd', script };
    findings.push(
      failed(name, `syslogd does not run on ${name}`, `on ${name}: service syslogd start`, repair),
    );
  }
  if (answers.syslogLines.length === 0) return findings;
  if (!answers.syslogLines.some((line) => keeps(line, 'local0', 'notice'))) {
    const saw = `/etc/syslog.conf of ${name} keeps no local0.notice, which is what the agent says`;
    const fix = `on ${name}: add \`local0.notice /var/log/carp-hast-switch.log\` to /etc/syslog.conf, make the file, and: service syslogd reload`;
    findings.push(failed(name, saw, fix));
  }
  if (!answers.syslogLines.some((line) => keeps(line, 'daemon', 'info'))) {
    const saw = `/etc/syslog.conf of ${name} keeps no daemon.info, which is where hastd tells of roles and synchronisations`;
    const fix = `on ${name}: add \`daemon.info /var/log/daemon.log\` to /etc/syslog.conf, make the file, and: service syslogd reload`;
    findings.push(warning(name, saw, fix));
  }
  return findings;
}

const LEVELS = ['debug', 'info', 'notice', 'warning', 'err', 'crit', 'alert', 'emerg'];

/** Whether a line of syslog.conf(5) takes messages of this facility and level; later selectors of a line win. */
function keeps(line: string, facility: string, level: string): boolean {
  const [selectors, action] = line.trim().split(/[\t ]+(?=[^\t ]*$)/);
  if (selectors === undefined || action === undefined || !/^[/@|*a-z]/.test(action) || /^[#!+-]/.test(line)) {
    return false;
  }
  let kept = false;
  for (const selector of selectors.split(';')) {
    const [facilities = '', written = ''] = selector.trim().split('.');
    if (!facilities.split(',').some((one) => one === '*' || one === facility)) continue;
    const least = written.replace(/^[<=>!]+/, '');
    kept = least !== 'none' && (least === '*' || LEVELS.indexOf(level) >= LEVELS.indexOf(least));
  }
  return kept;
}

export const disks: FactsCheck = {
  id: 'disks',
  title: 'The disks below the resources are sound',
  meaning: 'HAST hides a failing disk: the node serves on from the other one, without a second copy.',
  test: (subject) => ({
    findings: [...verified(subject, 'disks'), ...subject.nodes.flatMap((node) => diskFindings(node))],
    details: subject.nodes.map(({ name, answers }) => {
      const smart = Object.entries(answers.smart).map(([disk, health]) => `${disk}: ${health}`);
      return `${name}: ${smart.join('; ') || 'no SMART data (smartmontools is not installed, or the disks have none)'}`;
    }),
  }),
};

function diskFindings({ name, facts, answers }: DoctorNode): Finding[] {
  const findings: Finding[] = [];
  for (const [disk, health] of Object.entries(answers.smart)) {
    if (/PASSED|: OK/.test(health)) continue;
    findings.push(
      failed(name, `${disk} on ${name} says: ${health}`, `replace ${disk}; on ${name}: smartctl -a ${disk}`),
    );
  }
  const about = answers.diskMessages.filter((line) => concerns(line, facts));
  const last = about.at(-1);
  if (last !== undefined) {
    const count = about.length === 1 ? 'a line' : `${about.length} lines`;
    const saw = `${count} about disks in /var/log/messages of ${name}, the last one: ${last.trim().slice(0, 120)}`;
    findings.push(
      warning(name, saw, `on ${name}: look at /var/log/messages; replace the disk if it goes on`),
    );
  }
  for (const pool of facts.zfs.pools) {
    if (pool.health === 'ONLINE') continue;
    findings.push(
      failed(name, `pool ${pool.name} on ${name} is ${pool.health}`, `on ${name}: zpool status -x`),
    );
  }
  return findings;
}

/** Lines that name a provider's disk, or what lies on HAST. */
function concerns(line: string, { providers }: NodeFacts): boolean {
  const disks = Object.keys(providers).map((path) => path.replace(/^\/dev\//, '').replace(/[ps]\d.*$/, ''));
  return /hast/.test(line) || disks.some((disk) => hasWord(line, disk));
}
