import { randomPort } from './core.js';
import { type HastConf, HastConfError, parseHastConf, parseRemote } from './hast-conf.js';
import { HastResource } from './hast-resource.js';
import type { Machine } from './machine.js';

/** hastd(8) of one machine. */
export class Hastd {
  running = false;
  pid = 0;
  /** The control socket file stays after a stop (measured §3.9). */
  socketLeft = false;
  readonly resources = new Map<string, HastResource>();

  constructor(readonly machine: Machine) {}

  reset(): void {
    this.running = false;
    this.socketLeft = false;
    for (const resource of this.resources.values()) {
      resource.worker?.life.abort();
      resource.worker?.blocked.open();
      resource.worker = undefined;
    }
    this.resources.clear();
  }

  /** Reads a configuration file for this node. Throws HastConfError (78) or with `exit` 72 when it cannot be read. */
  async readConf(path = '/etc/hast.conf'): Promise<{ conf: HastConf; echoed: string }> {
    const text = await this.machine.files.read(path);
    if (text === undefined) {
      const error = new HastConfError(
        `Unable to open configuration file ${path}: No such file or directory.`,
      );
      throw Object.assign(error, { exit: 72 });
    }
    const { hostuuid, hostid } = this.machine.profile;
    return parseHastConf(text, { hostname: this.machine.name, hostuuid, hostid });
  }

  /** Starts the daemon. Throws HastConfError. */
  async start(): Promise<void> {
    const { conf } = await this.readConf();
    this.machine.modules.add('geom_gate');
    for (const one of conf.resources) this.resources.set(one.name, new HastResource(this, one));
    this.pid = this.machine.addProcess({
      ppid: 1,
      user: 'root',
      command: '/sbin/hastd',
      title: '/sbin/hastd',
      state: 'Ss',
    });
    this.running = true;
    this.socketLeft = true;
    this.#log('info', 'Started successfully, running protocol version 2.');
    this.#log('info', 'Listening on address tcp4://0.0.0.0:8457.');
    this.#log('info', 'Listening on address tcp6://[::]:8457.');
  }

  /** Stops as the rc script does: every resource to init first. */
  async stop(): Promise<void> {
    for (const resource of this.resources.values()) await resource.setRole('init');
    this.running = false;
    this.machine.processes.delete(this.pid);
    this.resources.clear();
    this.#log('info', 'Termination signal received, exiting.');
  }

  /** Reloads; signals are polled around a 5 s select, so the effect comes late. */
  reload(): void {
    this.machine.later(1500, async () => {
      if (!this.running) return;
      this.#log('info', 'Reloading configuration...');
      try {
        const { conf } = await this.readConf();
        await this.#apply(conf);
        this.#log('info', 'Configuration reloaded successfully.');
      } catch (error) {
        if (!(error instanceof HastConfError)) throw error;
        this.#log('err', error.message);
        this.#log('err', 'Configuration not reloaded.');
      }
    });
  }

  async #apply(conf: HastConf): Promise<void> {
    for (const resource of [...this.resources.values()]) {
      if (conf.resources.some((one) => one.name === resource.name)) continue;
      await resource.setRole('init');
      this.resources.delete(resource.name);
      this.#log('info', `Resource ${resource.name} removed.`);
    }
    for (const one of conf.resources) {
      const resource = this.resources.get(one.name);
      if (resource === undefined) {
        this.resources.set(one.name, new HastResource(this, one));
        this.#log('info', `Resource ${one.name} added.`);
      } else if (JSON.stringify(resource.conf) !== JSON.stringify(one)) {
        this.#log('info', `Resource ${one.name} configuration was modified, reloading it.`);
        await this.#modify(resource, one);
      }
    }
  }

  async #modify(resource: HastResource, conf: HastResource['conf']): Promise<void> {
    const before = resource.conf;
    const { role } = resource;
    if (role === 'primary' && (before.local !== conf.local || before.provname !== conf.provname)) {
      await resource.stopPrimary();
      resource.conf = conf;
      resource.startPrimary();
      return;
    }
    resource.conf = conf;
    if (role === 'secondary') resource.stopSecondary();
    if (role === 'primary' && before.remote !== conf.remote)
      resource.worker?.session?.end('closed by secondary');
  }

  /** A peer's worker asks for a resource; undefined when it is refused outright. */
  accept(name: string, from: string, to: string, port: number): HastResource | undefined {
    const ephemeral = this.logConnection(from, randomPort(), to, port);
    const known = [...this.resources.values()].filter((one) => parseRemote(one.conf.remote)?.host === from);
    if (known.length === 0) {
      this.#log('err', `Client tcp://${from}:${ephemeral} isn't known.`);
      return undefined;
    }
    const resource = known.find((one) => one.name === name);
    if (resource === undefined) {
      this.#log('err', `No resource ${name} as requested by tcp://${from}:${ephemeral}.`);
      return undefined;
    }
    if (resource.role !== 'secondary') {
      resource.log(
        'warning',
        `We act as ${resource.role} for the resource and not as secondary as requested by tcp://${from}:${ephemeral}.`,
      );
    }
    return resource;
  }

  /**
   * A signal ended a worker or the daemon; false: no process of hastd has this pid. The device of a killed
   * primary stays for the worker that follows a second later (freebsd-facts §2). A stopped worker answers nothing, and
   * the daemon waits for it.
   */
  async killed(pid: number, signal = 'TERM'): Promise<boolean> {
    if (pid === this.pid && this.running) {
      this.running = false;
      this.machine.processes.delete(pid);
      for (const resource of this.resources.values()) {
        if (resource.role === 'primary') await resource.stopPrimary();
        else resource.stopSecondary();
      }
      this.resources.clear();
      return true;
    }
    const resource = [...this.resources.values()].find((one) => one.worker?.pid === pid);
    if (resource === undefined) return false;
    const { worker } = resource;
    if (signal === 'STOP' || signal === 'CONT') {
      if (signal === 'STOP') worker?.blocked.stop();
      else worker?.blocked.goOn();
      return true;
    }
    // What it has acknowledged until now, alone or not, stands in its metadata.
    if (resource.role === 'primary') await this.machine.fs.flush(resource);
    worker?.blocked.goOn();
    resource.worker?.session?.end(resource.role === 'primary' ? 'closed by primary' : 'closed by secondary');
    worker?.blocked.open();
    resource.exited(pid, 75);
    return true;
  }

  logConnection(from: string, ephemeral: number, to: string, port: number): number {
    this.#log('info', `Connection from tcp://${from}:${ephemeral} to tcp://${to}:${port}.`);
    return ephemeral;
  }

  /** Carrier or power somewhere changed: sessions look at their link. */
  linkChanged(): void {
    const sessions = new Set(
      [...this.machine.core.machines.values()].flatMap((machine) =>
        [...machine.hastd.resources.values()].map((resource) => resource.worker?.session),
      ),
    );
    for (const session of sessions) session?.linkChanged();
  }

  #log(level: 'info' | 'err', text: string): void {
    this.machine.syslog('hastd', this.pid, level, text);
  }
}
