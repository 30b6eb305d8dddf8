import type { CarpFacts } from '../../facts/types.js';
import { nodeOf } from '../../spec/types.js';
import { isAsApplied } from '../applied.js';
import { type CarpChange, carpChange, hasCarp, ownMaster } from '../carp-change.js';
import { isPending } from '../notice.js';
import { type OwnCarp, wantedCarp } from '../own-carp.js';
import type { PlanInput } from '../plan.js';
import { stepScript, words } from '../shell.js';
import type { Impact, Phase, Step } from '../types.js';
import { absence, becomeMaster, peerWords, presence, removal } from './carp-scripts.js';

/** Skew of an address that was just put on a node: rc.conf's; the agent lowers it. */
const BOOT_SKEW = 240;

/** Seconds without the address while the serving node changes it: ifconfig twice, and `state master` at once. */
const REPLACE_SECONDS = 1;

/**
 * The CARP address, live, with the same words that rc.conf has for the next boot; no netif restart.
 *
 * Two nodes that differ in password, VHID, advbase or addresses do not hear each other, and three seconds later both
 * are MASTER (ip_carp.c: all of them enter the HMAC). So on a pair that runs the standby lets go of its address first,
 * the serving node changes with nobody there to take over, and the standby comes back to a master that it hears. The
 * serving node keeps its address where `ifconfig vhid … pass …` is enough: putting the same address on again would run
 * the election anew (carp_attach).
 */
export function carpSteps(input: PlanInput): Step[] {
  const serving = carpChange(input, input.primary);
  const standby = carpChange(input, input.secondary);
  const runs = hasCarp(input, input.primary);
  const steps = [
    ...(serving ? [changeStep(input, serving, runs)] : []),
    ...(standby ? standbySteps(input, standby, runs && serving !== undefined, runs) : []),
  ];
  // A standby without its address cannot take over: Ctrl-C waits until it has it again.
  const withdraws = steps.some(({ phase }) => phase === 'withdraw');
  return steps.map((step) => (withdraws && step.phase !== 'withdraw' ? { ...step, atomic: true } : step));
}

function standbySteps(input: PlanInput, change: CarpChange, servingChanges: boolean, runs: boolean): Step[] {
  if (!runs) return [putStep(input, change, 'carp', false)];
  if (!servingChanges && change.kind === 'key') return [keyStep(input, change, 'carp')];
  const gone = [...change.stale, ...(change.attached ? [wantedCarp(input.spec, change.node)] : [])];
  return [
    ...(gone.length > 0 ? [withdrawStep(input, change, gone)] : []),
    putStep(input, { ...change, stale: [] }, 'rejoin', false),
  ];
}

function changeStep(input: PlanInput, change: CarpChange, runs: boolean): Step {
  return change.kind === 'key' ? keyStep(input, change, 'carp') : putStep(input, change, 'carp', runs);
}

/** SIOCSVH alone: state, timers and addresses of the vhid stay. */
function keyStep(input: PlanInput, change: CarpChange, phase: Phase): Step {
  const { node, line } = change;
  const { vhid, advbase } = input.spec.carp;
  const nic = nodeOf(input.spec, node).interface;
  const pass = /\bpass (\S+)/.exec(line.value)?.[1] ?? '';
  const peer = peerWords(line.value, input.facts[node]!.rc[line.name]);
  return {
    ...idOf(input, node, phase),
    title: `Change password and interval of VHID ${vhid} on ${nic} in place`,
    risk: 'none',
    impact: { kind: 'reload', detail: 'the address stays where it is' },
    ...driftOf(input, change),
    diff: `+ ifconfig ${[nic, 'vhid', vhid, ...peer].join(' ')} advbase ${advbase} pass [secret]`,
    action: {
      kind: 'script',
      script: stepScript(
        `ifconfig ${words(nic, 'vhid', String(vhid), ...peer)} advbase ${advbase} pass ${words(pass)}`,
      ),
    },
    verify: stepScript(presence(wantedCarp(input.spec, node))),
    notices: 'carp',
  };
}

function withdrawStep(input: PlanInput, { node, line }: CarpChange, gone: readonly OwnCarp[]): Step {
  return {
    id: `${node}/withdraw/carp`,
    node,
    phase: 'withdraw',
    title: `Take ${listed(gone)} off the standby while the serving node changes it`,
    risk: 'disturbs',
    impact: {
      kind: 'nothing',
      detail: 'no fail-over until the standby has its address again, two steps later',
    },
    diff: gone.map(({ interface: nic, address }) => `- ifconfig ${nic} ${address} -alias`).join('\n'),
    // rc.conf has the new line by then; the password stays out of sight.
    byHand: `ifconfig ${nodeOf(input.spec, node).interface} $(sysrc -n ${line.name})`,
    action: { kind: 'script', script: stepScript(removal(gone)) },
    verify: stepScript(absence(gone)),
  };
}

/** Puts the address there, after old ones of ours have gone; on the serving node it becomes MASTER at once. */
function putStep(input: PlanInput, change: CarpChange, phase: Phase, serving: boolean): Step {
  const { node, line, stale, attached } = change;
  const { vhid, address } = input.spec.carp;
  const spec = nodeOf(input.spec, node);
  const facts = input.facts[node]!;
  const master = serving ? ownMaster(input, facts) : undefined;
  const skew = skewFor(master);
  const put = `ifconfig ${words(spec.interface)} ${line.value.replace(/\badvskew \d+/, `advskew ${skew}`)}`;
  const impact = serving ? replaceImpact(change) : undefined;
  return {
    ...idOf(input, node, phase),
    title: titleOf(change, address, spec.interface),
    risk: impact === undefined ? 'none' : 'disturbs',
    ...(impact === undefined ? {} : { impact }),
    ...driftOf(input, change),
    diff: [
      ...stale.map(({ interface: nic, address: old }) => `- ifconfig ${nic} ${old} -alias`),
      `+ ifconfig ${spec.interface} inet vhid ${vhid} advskew ${skew} pass [secret] alias ${address}`,
    ].join('\n'),
    // The value has been validated word by word when it was rendered; it is split here as rc's ifconfig does.
    action: {
      kind: 'script',
      script: stepScript(
        [
          stale.length > 0 ? removal(stale) : '',
          attached && phase === 'carp' ? '' : `${put} || exit 1`,
          master ? becomeMaster(spec.interface, vhid, peerWords(line.value)) : '',
        ].join('\n'),
      ),
    },
    verify: stepScript(
      [presence(wantedCarp(input.spec, node)), stale.length > 0 ? absence(stale) : ''].join('\n'),
    ),
    notices: 'carp',
  };
}

function titleOf({ stale }: CarpChange, address: string, nic: string): string {
  if (stale.length === 0) return `Put the CARP address ${address} on ${nic}`;
  return `Put the CARP address ${address} on ${nic} in place of ${listed(stale)}`;
}

function replaceImpact({ stale, attached }: CarpChange): Impact {
  const seconds = REPLACE_SECONDS;
  const old = stale.map(({ address }) => address).join(', ');
  if (attached) return { kind: 'interruption', seconds, detail: `${old} goes, and CARP elects anew` };
  return { kind: 'interruption', seconds, detail: 'the address is down from the old VHID to the new one' };
}

function listed(addresses: readonly OwnCarp[]): string {
  return addresses
    .map(({ interface: nic, vhid, address }) => `${address} (VHID ${vhid}, ${nic})`)
    .join(' and ');
}

function idOf({ spec }: PlanInput, node: string, phase: Phase): Pick<Step, 'id' | 'node' | 'phase'> {
  return { id: `${node}/${phase}/${spec.carp.vhid}@${nodeOf(spec, node).interface}`, node, phase };
}

/** A serving node keeps the skew that its agent has chosen. */
function skewFor(master: CarpFacts | undefined): number {
  return master?.advskew ?? BOOT_SKEW;
}

/** rc.conf says what the last apply left, and the interface does not. */
function driftOf(input: PlanInput, { node, line }: CarpChange): Pick<Step, 'drift'> {
  const facts = input.facts[node]!;
  const says = facts.rc[line.name];
  if (isPending(facts, 'carp') || says !== line.value) return {};
  if (!isAsApplied(`/etc/rc.conf#${line.name}`, says, facts)) return {};
  return { drift: 'taken off or changed since the last apply' };
}
