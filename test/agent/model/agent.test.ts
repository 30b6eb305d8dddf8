import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeNode } from '../node.js';
import { INPUTS } from '../table.js';
import { compare_epochs } from './agent/epochs.js';
import type { Agent } from './agent.js';
import { Epoch, Fresh, Peer, Roles } from './codes.js';
import { settings } from './history.js';
import type { Public } from './machine.js';
import { World } from './world.js';

let node: FakeNode;
beforeEach(() => {
  node = new FakeNode();
});
afterEach(() => node.remove());

const NOW = 1000;
const word = (names: readonly string[], code: number) => names[code] ?? '?';
const digit = (flag: boolean) => (flag ? 1 : 0);

/** A small generator, so that both sides see the same cases. */
function cases<T>(count: number, make: (pick: <V>(values: readonly V[]) => V) => T): T[] {
  let seed = 42;
  const pick = <V>(values: readonly V[]): V => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return values[Math.floor((seed / 4294967296) * values.length)] as V;
  };
  return Array.from({ length: count }, () => make(pick));
}

/** Runs the script's own functions, with what they call replaced, over all cases in one dash. */
async function shell(preamble: string, scripts: string[]): Promise<string[]> {
  const stubs = `wipe() { set +f; rm -f "$run"/*; set -f; }\nsave_record() { :; }\nlog() { :; }\nnow() { echo ${NOW}; }\nlook_beat() { beat=${NOW}; }\n${preamble}`;
  const { stdout, stderr, code } = await node.run(`load_config\n${stubs}\n${scripts.join('\n')}`);
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  return stdout.split('\n').slice(0, -1);
}

function agent(): Agent {
  const w = new World(settings({ cells: new Uint8Array(), thoughts: [] }, 0, 0));
  w.clock.now = NOW * 10;
  return w.agents[0];
}

test('compare_epochs', async () => {
  const grid = [0, 1, 2, 3];
  const all = grid.flatMap((a) =>
    grid.flatMap((b) => grid.flatMap((c) => grid.map((d) => [a, b, c, d] as const))),
  );
  const script = all.map((four) => `compare_epochs ${four.join(' ')}; echo "$relation"`);
  expect(await shell('', script)).toEqual(all.map((four) => word(INPUTS.epoch, compare_epochs(...four))));
});

interface Meeting {
  said: Public | null;
  released: [number, number, number] | null;
  alive: boolean;
  roles: number;
  link: 'insync' | 'syncing' | 'degraded' | 'connected' | 'none';
  request: number;
  epoch: number;
  agreed: number;
  fresh: number;
  marks: { met: boolean; diverged: boolean };
}

const meetings = (): Meeting[] =>
  cases(1500, (pick) => ({
    said: pick([true, true, false])
      ? {
          state: pick(['serving', 'standby', 'down', 'demoting', 'promoting', 'maintenance', 'split-brain']),
          epoch: pick([0, 1, 2, 3]),
          agreed: pick([0, 1, 2, 3]),
          roles: pick([0, 1, 2, 3, 4]),
          mounts: pick([0, 1, 2]),
          carp: pick([0, 1, 2, 3]),
          ready: pick([true, false]),
          fresh: pick([0, 1, 2]),
          met: pick([true, false]),
          gone: pick([true, false, false]),
          time: NOW,
        }
      : null,
    released: pick([null, [NOW - 5, 2, 1], [NOW - 30, 2, 1]]),
    alive: pick([true, false]),
    roles: pick([0, 1, 2, 3, 4]),
    link: pick(['insync', 'syncing', 'degraded', 'connected', 'none']),
    request: pick([0, 0, 1, 2, 3]),
    epoch: pick([0, 1, 2, 3]),
    agreed: pick([0, 1, 2, 3]),
    fresh: pick([0, 1, 2]),
    marks: { met: pick([true, false]), diverged: pick([true, false]) },
  }));

function answer(said: Public | null): string {
  if (said === null) return '';
  return [
    `state ${said.state}`,
    `epoch ${said.epoch}`,
    `agreed ${said.agreed}`,
    `roles ${word(INPUTS.roles, said.roles)}`,
    `mounts ${word(INPUTS.mounts, said.mounts)}`,
    `carp ${word(INPUTS.carp, said.carp)}`,
    `ready ${said.ready ? 'yes' : 'no'}`,
    `gone ${said.gone ? 'yes' : 'no'}`,
  ].join('\n');
}

test('judge_peer and note_meeting', async () => {
  const all = meetings();
  const scripts = all.map(
    (c) => `wipe
${c.marks.met ? ': >"$run/met"' : ':'}
${c.marks.diverged ? ': >"$run/diverged"' : ':'}
${c.released === null ? ':' : `echo "${c.released.join(' ')}" >"$run/released"`}
ap_answer='${answer(c.said)}' ap_alive=${c.alive || c.said !== null ? 'yes' : 'no'}
o_roles=${word(INPUTS.roles, c.roles)} o_link=${c.link} o_request=${word(INPUTS.request, c.request)}
r_epoch=${c.epoch} r_agreed=${c.agreed} r_peer_epoch=9 r_fresh=${word(INPUTS.fresh, c.fresh)}
judge_peer
echo "$p_state $relation $r_fresh $r_peer_epoch $p_gone $([ -e "$run/met" ] && echo 1 || echo 0) $([ -e "$run/diverged" ] && echo 1 || echo 0) $([ -e "$run/served" ] && echo 1 || echo 0) $([ -e "$run/released" ] && echo 1 || echo 0)"`,
  );
  expect(await shell('', scripts)).toEqual(all.map(judged));
}, 120_000);

function judged(c: Meeting): string {
  const me = agent();
  const { run } = me.w.m[0];
  Object.assign(run, c.marks, { released: c.released });
  me.ap_answer = c.said;
  me.ap_alive = c.alive || c.said !== null;
  Object.assign(me, { o_roles: c.roles, o_link: c.link, o_request: c.request });
  Object.assign(me, { r_epoch: c.epoch, r_agreed: c.agreed, r_peer_epoch: 9, r_fresh: c.fresh });
  me.judge_peer();
  const marks = [run.met, run.diverged, run.served, run.released !== null].map(digit).join(' ');
  const names = [
    word(INPUTS.peer, me.p_state),
    word(INPUTS.epoch, me.relation),
    word(INPUTS.fresh, me.r_fresh),
  ];
  return `${names.join(' ')} ${me.r_peer_epoch} ${me.p_gone ? 'yes' : 'no'} ${marks}`;
}

interface Books {
  roles: number;
  mounts: number;
  link: 'insync' | 'syncing' | 'degraded' | 'connected' | 'none';
  carp: number;
  epoch: number;
  agreed: number;
  peerEpoch: number;
  fresh: number;
  lost: number;
  told: [epoch: number, meeting: number, at: number] | null;
  theirs: number;
  knows: boolean;
  lone: boolean;
  connect: boolean;
  peer: number;
  hears: boolean;
}

const books = (): Books[] =>
  cases(1500, (pick) => ({
    roles: pick([0, 1, 2, 2, 3, 3, 4]),
    mounts: pick([0, 2, 2]),
    link: pick(['insync', 'syncing', 'degraded', 'connected', 'none']),
    carp: pick([1, 2, 3]),
    epoch: pick([0, 1, 2, 3]),
    agreed: pick([0, 1, 2, 3]),
    peerEpoch: pick([0, 1, 2]),
    fresh: pick([0, 0, 1, 2]),
    lost: pick([-1, NOW - 3, NOW - 20]),
    told: pick([null, [2, 0, NOW - 5], [2, 0, NOW - 60], [2, 1, NOW - 5]]),
    theirs: pick([0, 1, 2]),
    knows: pick([true, false]),
    lone: pick([true, false, false]),
    connect: pick([true, false, false]),
    peer: pick([Peer.serving, Peer.standby, Peer.down, Peer.silent, Peer.dead]),
    hears: pick([true, false]),
  }));

test('keep_books', async () => {
  const stubs = `look_hast() { :; }\ntell_peer() { [ "$1:\${2:-}" != insync:0 ] || return 0; [ ! -e "$db/lone" ] && [ "$hears" = 1 ]; }
ask_once() { answer="meeting 0$nl"; [ "$hears" = 1 ]; }
recall() { answer="meeting 0\${nl}fresh $theirs\${nl}met $knows$nl"; [ "$hears" = 1 ]; }
look_link() { :; }
ask_peer() { p_state=$peer; }`;
  const all = books();
  const scripts = all.map(
    (c) => `wipe; rm -f "$db/lone"
${c.lost < 0 ? ':' : `echo ${c.lost} >"$run/lost"`}
${c.told === null ? ':' : `echo "${c.told.join(' ')}" >"$run/told"`}
${c.lone ? ': >"$db/lone"' : ':'}
${c.connect ? ': >"$run/hook.connect"' : ':'}
o_roles=${word(INPUTS.roles, c.roles)} o_mounts=${word(INPUTS.mounts, c.mounts)} o_link=${c.link} o_carp=${word(INPUTS.carp, c.carp)}
r_epoch=${c.epoch} r_agreed=${c.agreed} r_peer_epoch=${c.peerEpoch} r_fresh=${word(INPUTS.fresh, c.fresh)} peer=${word(INPUTS.peer, c.peer)} hears=${digit(c.hears)} theirs=${word(INPUTS.fresh, c.theirs)} knows=${c.knows ? 'yes' : 'no'}
keep_books
lost=-1; [ ! -e "$run/lost" ] || read -r lost <"$run/lost"
echo "$r_epoch $r_agreed $r_peer_epoch $r_fresh $lost $([ -e "$db/lone" ] && echo 1 || echo 0) $([ -e "$run/hook.connect" ] && echo 1 || echo 0) $([ -e "$run/met" ] && echo 1 || echo 0) $([ -e "$run/told" ] && echo 1 || echo 0)"`,
  );
  expect(await shell(stubs, scripts)).toEqual(all.map(kept));
}, 120_000);

function said(what: Partial<Public>): Public {
  const usual = { state: 'standby', epoch: 1, agreed: 1, roles: Roles['all-secondary'], mounts: 0, carp: 2 };
  return { ...usual, ready: true, fresh: 0, met: true, gone: false, time: NOW, ...what };
}

function kept(c: Books): string {
  const me = agent();
  const [mine, peer] = me.w.m;
  const { run, disk } = mine;
  Object.assign(run, {
    lost: c.lost,
    hookConnect: c.connect,
    toldEpoch: c.told?.[0] ?? -1,
    toldMeeting: c.told?.[1] ?? 0,
    toldAt: c.told?.[2] ?? 0,
  });
  disk.lone = c.lone;
  peer.sshd = c.hears;
  me.w.heard = () => (c.hears ? said({ fresh: c.theirs, met: c.knows }) : undefined);
  me.look_hast = () => {};
  me.ask_peer = function* () {
    this.p_state = c.peer;
    yield 1;
  };
  Object.assign(me, { o_roles: c.roles, o_mounts: c.mounts, o_link: c.link, o_carp: c.carp });
  Object.assign(me, { r_epoch: c.epoch, r_agreed: c.agreed, r_peer_epoch: c.peerEpoch, r_fresh: c.fresh });
  for (const _ of me.keep_books());
  const marks = [disk.lone, run.hookConnect, run.met, run.toldEpoch >= 0].map(digit).join(' ');
  return `${me.r_epoch} ${me.r_agreed} ${me.r_peer_epoch} ${word(INPUTS.fresh, me.r_fresh)} ${run.lost} ${marks}`;
}

test('heard_insync', async () => {
  const all = cases(400, (pick) => ({
    roles: pick([0, 1, 2, 2, 3, 4]),
    link: pick(['connected', 'none'] as const),
    epoch: pick([0, 1, 2, 3]),
    fresh: pick([Fresh.fresh, Fresh.stale, Fresh.unknown]),
    told: pick([0, 1, 2, 3]),
  }));
  const scripts = all.map(
    (c) => `wipe
o_roles=${word(INPUTS.roles, c.roles)} o_link=${c.link} r_epoch=${c.epoch} r_agreed=0 r_peer_epoch=0 r_fresh=${word(INPUTS.fresh, c.fresh)}
heard_insync ${c.told} - || :
echo "$r_epoch $r_agreed $r_peer_epoch $r_fresh $([ -e "$run/met" ] && echo 1 || echo 0)"`,
  );
  const port = all.map((c) => {
    const me = agent();
    Object.assign(me, { o_roles: c.roles, o_link: c.link, r_epoch: c.epoch, r_fresh: c.fresh });
    me.heard_insync(c.told);
    return `${me.r_epoch} ${me.r_agreed} ${me.r_peer_epoch} ${word(INPUTS.fresh, me.r_fresh)} ${digit(me.w.m[0].run.met)}`;
  });
  expect(await shell('', scripts)).toEqual(port);
});

test('the codes are the places in the lists', () => {
  expect([Epoch.diverged, Roles.mixed, Peer.dead]).toEqual([3, 4, 7]);
});
