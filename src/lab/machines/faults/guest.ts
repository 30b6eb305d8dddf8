import type { Station } from '../station.js';
import { type FaultTable, type FaultWorld, numberIn } from './types.js';

/** Seconds for a script of ours inside a machine. */
const LIMIT = 120;
/** The file that takes the room. */
const FILLER = '/var/tmp/hastconf-lab.full';
const HOG = 'hastconf-lab-hog';

interface GuestFault {
  kind: string;
  station: Station;
  text: string;
  make: string;
  unmake: string;
}

/** Something that a script does inside of the machine, and another one takes back. */
async function inGuest(world: FaultWorld, { kind, station, text, make, unmake }: GuestFault) {
  const name = `${kind}-${station.name}`;
  const full = `${station.name}: ${text}`;
  await station.script(make, LIMIT);
  const undo = async () => void (await station.script(unmake, LIMIT));
  world.faults.add({ name, text: full, inGuest: station.name, undo });
  return { text: full, data: { name, text: full } };
}

const START_HASTD = 'pgrep -x hastd >/dev/null || service hastd onestart >/dev/null';

/** What goes wrong inside of FreeBSD. */
export const GUEST_FAULTS: FaultTable = {
  'fill-disk': {
    words: 'NODE',
    help: '/var is full',
    async run(world, [node]) {
      const station = world.station(node);
      // The last blocks are root's own reserve: dd fails when those are gone, too.
      const make = `dd if=/dev/zero of=${FILLER} bs=1m 2>/dev/null; dd if=/dev/zero bs=512 >>${FILLER} 2>/dev/null; test -s ${FILLER}`;
      const fault = await inGuest(world, {
        kind: 'fill-disk',
        station,
        text: '/var is full',
        make,
        unmake: `rm -f ${FILLER}`,
      });
      return fault;
    },
  },
  'free-disk': {
    words: 'NODE',
    help: 'undo fill-disk',
    async run(world, [node]) {
      const { name } = world.station(node);
      await world.faults.undo(`fill-disk-${name}`);
      return { text: `${name}: disk has space again` };
    },
  },
  'stop-hastd': {
    words: 'NODE',
    help: 'stop hastd in order (service hastd onestop)',
    run: (world, [node]) =>
      inGuest(world, {
        kind: 'stop-hastd',
        station: world.station(node),
        text: 'hastd stopped',
        make: 'service hastd onestop >/dev/null',
        unmake: START_HASTD,
      }),
  },
  'kill-hastd': {
    words: 'NODE',
    help: 'kill hastd and its workers (SIGKILL)',
    run: (world, [node]) =>
      inGuest(world, {
        kind: 'kill-hastd',
        station: world.station(node),
        text: 'hastd killed',
        make: 'pkill -KILL -x hastd',
        unmake: START_HASTD,
      }),
  },
  'hang-hastd': {
    words: 'NODE [workers]',
    help: 'hastd hangs (SIGSTOP); with `workers` those that serve the resources, too',
    async run(world, [node, workers], fail) {
      if (workers !== undefined && workers !== 'workers') fail();
      const make = workers ? 'pkill -STOP -x hastd' : 'kill -STOP "$(cat /var/run/hastd.pid)"';
      return inGuest(world, {
        kind: 'hang-hastd',
        station: world.station(node),
        text: `hastd hangs${workers ? ' with its workers' : ''}`,
        make,
        unmake: 'pkill -CONT -x hastd',
      });
    },
  },
  'cpu-hog': {
    words: 'NODE [COUNT]',
    help: 'so many programs (default 4) want the whole processor',
    async run(world, [node, count = '4'], fail) {
      const many = numberIn(count, 1, 64, fail);
      const one = `daemon -f /bin/sh -c 'while :; do :; done' ${HOG}`;
      return inGuest(world, {
        kind: 'cpu-hog',
        station: world.station(node),
        text: `${many} programs want the processor`,
        make: `i=0; while [ $i -lt ${many} ]; do ${one}; i=$((i+1)); done`,
        unmake: `pkill -KILL -f ${HOG}`,
      });
    },
  },
  'stop-sshd': {
    words: 'NODE',
    help: 'sshd takes no new logins; those of the lab stay',
    run: (world, [node]) =>
      inGuest(world, {
        kind: 'stop-sshd',
        station: world.station(node),
        text: 'sshd stopped',
        make: 'service sshd onestop >/dev/null',
        unmake: 'service sshd onestart >/dev/null',
      }),
  },
  'clock-skew': {
    words: 'NODE SECONDS',
    help: 'the clock jumps so many seconds ahead (or back); undone: it is right again',
    async run(world, [node, seconds], fail) {
      const skew = numberIn(seconds, -1e9, 1e9, fail);
      const station = world.station(node);
      const at = (offset: number) => `date -u -f %s ${Math.round(Date.now() / 1000 + offset)} >/dev/null`;
      await station.script(at(skew), LIMIT);
      const name = `clock-skew-${station.name}`;
      const text = `${station.name}: clock ${seconds} s ahead`;
      const undo = async () => void (await station.script(at(0), LIMIT));
      world.faults.add({ name, text, inGuest: station.name, undo });
      return { text, data: { name, text } };
    },
  },
};
