import type { CarpFacts } from '../../facts/types.js';
import { nodeOf } from '../../spec/types.js';
import { isAsApplied } from '../applied.js';
import { type CarpChange, carpChange, hasCarp, ownMaster } from '../carp-change.js';
import { isPending } from '../notice.js';
import { type OwnCarp, wantedCarp } from '../own-carp.js';
import { stepScript, words } from '../shell.js';
import type { Phase, PlanInput, Step } from '../types.js';
import { absence, becomeMaster, peerWords, presence, removal } from './carp-scripts.js';
import { listed, replaceImpact, titleOf } from './carp-words.js';

/** Skew of an address that was just put on a node: rc.conf's; the agent lowers it. */
const BOOT_SKEW = 240;

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
  if (!runs || (!servingChanges && change.kind === 'key')) return [changeStep(input, change, false)];
  const gone = [...change.stale, ...(change.attached ? [wantedCarp(input.spec, change.node)] : [])];
  return [
    ...(gone.length > 0 ? [withdrawStep(input, change, gone)] : []),
    putStep(input, { ...change, stale: [] }, 'rejoin', false),
  ];
}

function changeStep(input: PlanInput, change: CarpChange, runs: boolean): Step {
  return change.kind === 'key' ? keyStep(input, change, 'carp') : putStep(input, change, 'carp', runs);
}

function keyStep(input: PlanInput, change: CarpChange, phase: Phase): Step {
  const { node } = change;
  const nic = nodeOf(input.spec, node).interface;
  return {
    ...idOf(input, node, phase),
    title: `Change password and interval of VHID ${input.spec.carp.vhid} on ${nic} in place`,
    risk: 'none',
    impact: { kind: 'reload', detail: 'the address stays where it is' },
    ...driftOf(input, change),
    diff: `+ ${keyCommand(input, change, '[secret]')}`,
    action: { kind: 'script', script: stepScript(keyCommand(input, change, passwordOf(change))) },
    verify: stepScript(presence(wantedCarp(input.spec, node))),
    notices: 'carp',
  };
}

/** SIOCSVH alone: state, timers and addresses of the vhid stay. */
function keyCommand({ spec, facts }: PlanInput, { node, line }: CarpChange, password: string): string {
  const peer = peerWords(line.value, facts[node]!.rc[line.name]);
  const vhid = words(nodeOf(spec, node).interface, 'vhid', String(spec.carp.vhid), ...peer);
  return `ifconfig ${vhid} advbase ${spec.carp.advbase} pass ${password}`;
}

/** One word without anything that sh would read (see the alias line's own check). */
function passwordOf({ line }: CarpChange): string {
  return words(/\bpass (\S+)/.exec(line.value)?.[1] ?? '');
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
  const stays = attached && phase === 'carp';
  const alias = line.value.replace(/\badvskew \d+/, `advskew ${skew}`);
  const put = stays
    ? keyCommand(input, change, passwordOf(change))
    : `ifconfig ${words(spec.interface)} ${alias}`;
  const impact = serving ? replaceImpact(input, change) : undefined;
  return {
    ...idOf(input, node, phase),
    title: titleOf(change, address, spec.interface),
    risk: impact === undefined ? 'none' : 'disturbs',
    ...(impact === undefined ? {} : { impact }),
    ...driftOf(input, change),
    diff: [
      ...stale.map(({ interface: nic, address: old }) => `- ifconfig ${nic} ${old} -alias`),
      stays
        ? `+ ${keyCommand(input, change, '[secret]')}`
        : `+ ifconfig ${spec.interface} inet vhid ${vhid} advskew ${skew} pass [secret] alias ${address}`,
    ].join('\n'),
    // The value has been validated word by word when it was rendered; it is split here as rc's ifconfig does.
    action: {
      kind: 'script',
      script: stepScript(
        [
          stale.length > 0 ? removal(stale) : '',
          `${put} || exit 1`,
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
