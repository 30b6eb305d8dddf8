import type { FaultTable, FaultWorld } from './types.js';

/** Seconds for an orderly shutdown on an emulated machine. */
const SHUTDOWN_SECONDS = 180;

async function powerOn({ set, faults }: FaultWorld, name: string): Promise<void> {
  const station = set.stations.find((one) => one.name === name);
  if (station?.describe().power === 'off') await set.boot(station);
  faults.drop(`power-cut-${name}`);
}

/** Power, and a machine that its hypervisor has paused. */
export const POWER_FAULTS: FaultTable = {
  'power-cut': {
    words: 'NODE',
    help: 'take the power away at once',
    async run(world, [node]) {
      const station = world.station(node);
      const name = `power-cut-${station.name}`;
      await station.cut();
      world.faults.powerLost(station.name);
      const text = `${station.name}: power cut`;
      world.faults.add({ name, text, undo: () => powerOn(world, station.name) });
      return { text, data: { name, text } };
    },
  },
  'power-on': {
    words: 'NODE',
    help: 'boot a machine that is off',
    async run(world, [node]) {
      const { name } = world.station(node);
      await powerOn(world, name);
      return { text: `${name}: booted` };
    },
  },
  reboot: {
    words: 'NODE',
    help: 'shut down in order and boot',
    async run(world, [node]) {
      const station = world.station(node);
      await station.reboot(SHUTDOWN_SECONDS);
      world.faults.powerLost(station.name);
      await world.set.boot(station);
      return { text: `${station.name}: rebooted` };
    },
  },
  freeze: {
    words: 'NODE [SECONDS]',
    help: 'stop the whole machine as a hypervisor does that pauses a guest; it goes on after SECONDS, or when undone',
    async run(world, [node, seconds], fail) {
      const station = world.station(node);
      const name = `freeze-${station.name}`;
      const limit = seconds === undefined ? undefined : Number(seconds);
      if (limit !== undefined && !(limit > 0)) fail();
      station.freeze();
      const timer = setTimeout(
        () => {
          station.thaw();
          world.faults.drop(name);
        },
        (limit ?? 0) * 1000,
      );
      if (limit === undefined) clearTimeout(timer);
      const text = `${station.name}: frozen${limit === undefined ? '' : ` for ${limit} s`}`;
      const undo = async () => {
        clearTimeout(timer);
        station.thaw();
      };
      world.faults.add({ name, text, inGuest: station.name, undo });
      return { text, data: { name, text } };
    },
  },
};
