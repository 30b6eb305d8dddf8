import type { Machine } from './machine.js';

interface Rule {
  priority: number;
  matches: { variable: string; regex: RegExp; negated: boolean }[];
  actions: string[];
}

export interface DevdEvent {
  system: string;
  subsystem: string;
  type: string;
}

/** A configuration file that devd refuses. */
export class DevdSyntaxError extends Error {
  constructor(
    readonly file: string,
    readonly line: number,
  ) {
    super(`devd: Cannot parse ${file} at line ${line}`);
  }
}

const DIRECTORIES = ['/etc/devd', '/usr/local/etc/devd'];

/** devd(8): the first matching rule runs, one action at a time, everything else queues behind it. */
export class Devd {
  running = false;
  pid = 0;
  rules: Rule[] = [];
  readonly listeners = new Set<(line: string) => void>();
  #queue: DevdEvent[] = [];
  #draining = false;

  constructor(readonly machine: Machine) {}

  reset(): void {
    this.running = false;
    this.#queue = [];
    this.#draining = false;
    this.listeners.clear();
  }

  /** The kernel queues events without a reader too, 1000 at most, the oldest dropped. */
  event(system: string, subsystem: string, type: string): void {
    this.#queue.push({ system, subsystem, type });
    if (this.#queue.length > 1000) this.#queue.shift();
    if (this.running) {
      for (const listener of this.listeners) {
        listener(`!system=${system} subsystem=${subsystem} type=${type}\n`);
      }
      this.#wake();
    }
  }

  /**
   * Reads the configuration and starts. What happened before is acted on first, and whoever starts devd waits
   * for that (freebsd-facts §5). Throws DevdSyntaxError.
   */
  async start(): Promise<void> {
    this.rules = await this.#load();
    this.running = true;
    this.pid = this.machine.addProcess({
      ppid: 1,
      user: 'root',
      command: '/sbin/devd',
      title: '/sbin/devd',
      state: 'Is',
    });
    if (this.#draining) return;
    this.#draining = true;
    await this.#drain();
  }

  stop(): void {
    this.running = false;
    this.machine.processes.delete(this.pid);
  }

  #wake(): void {
    if (this.#draining) return;
    this.#draining = true;
    this.machine.core.background(() => this.#drain());
  }

  async #drain(): Promise<void> {
    const life = this.machine.life;
    try {
      while (this.running && !life.signal.aborted) {
        const event = this.#queue.shift();
        if (event === undefined) break;
        await this.#handle(event);
      }
    } finally {
      this.#draining = false;
    }
  }

  async #handle(event: DevdEvent): Promise<void> {
    const rule = this.rules.find((candidate) => matches(candidate, event));
    if (rule === undefined) return;
    for (const action of rule.actions) {
      const command = expand(action, event);
      const { clock } = this.machine.core;
      await clock.outside(this.machine.host.shell.run(command, { signal: this.machine.signal }));
    }
  }

  async #load(): Promise<Rule[]> {
    const rules: Rule[] = [];
    for (const directory of DIRECTORIES) {
      for (const name of (await this.machine.files.list(directory)) ?? []) {
        if (!name.endsWith('.conf')) continue;
        const path = `${directory}/${name}`;
        rules.push(...parse(path, (await this.machine.files.read(path)) ?? ''));
      }
    }
    return rules
      .map((rule, order) => ({ rule, order }))
      .sort((a, b) => b.rule.priority - a.rule.priority || a.order - b.order)
      .map((entry) => entry.rule);
  }
}

function matches(rule: Rule, event: DevdEvent): boolean {
  return rule.matches.every(({ variable, regex, negated }) => {
    const value = variable in event ? event[variable as keyof DevdEvent] : '';
    return regex.test(value) !== negated;
  });
}

/** 12 and newer insert values as `$'…'`. */
function expand(action: string, event: DevdEvent): string {
  return action.replace(/\$(\$|_|\*|\w+)/g, (whole, name: string) => {
    if (name === '$') return '$';
    if (name === '*')
      return quoted(`!system=${event.system} subsystem=${event.subsystem} type=${event.type}`);
    if (name in event) return quoted(event[name as keyof DevdEvent]);
    return name === '_' ? '' : whole;
  });
}

/** The lab's sh may be one that lacks `$'…'`; the effect of plain single quotes is the same for these values. */
function quoted(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}

const TOKEN = /\s+|#[^\n]*\n|\/\/[^\n]*\n|\/\*[\s\S]*?\*\/|"(?:[^"\\]|\\[\s\S])+"|[{};]|[A-Za-z0-9_.\-/]+/y;

interface Token {
  text: string;
  line: number;
}

function tokens(file: string, text: string): Token[] {
  const found: Token[] = [];
  let line = 1;
  TOKEN.lastIndex = 0;
  let at = 0;
  while (at < text.length) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match === null) throw new DevdSyntaxError(file, line);
    const word = match[0];
    if (!/^(\s|#|\/\/|\/\*)/.test(word)) found.push({ text: word, line });
    line += word.split('\n').length - 1;
    at = TOKEN.lastIndex;
  }
  return found;
}

/** Parses one file by devd's grammar (freebsd-facts §5). Throws DevdSyntaxError. */
export function parse(file: string, text: string): Rule[] {
  const list = tokens(file, text);
  const rules: Rule[] = [];
  let at = 0;
  let lastLine = 1;
  const next = (): string => {
    const token = list[at++];
    if (token === undefined) throw new DevdSyntaxError(file, lastLine);
    lastLine = token.line;
    return token.text;
  };
  const expect = (text: string): void => {
    if (next() !== text) throw new DevdSyntaxError(file, lastLine);
  };
  const string = (): string => {
    const token = next();
    if (!token.startsWith('"')) throw new DevdSyntaxError(file, lastLine);
    return token.slice(1, -1).replace(/\\\n/g, '');
  };
  const block = (kind: string): void => {
    const rule: Rule = { priority: kind === 'options' ? 0 : Number(next()), matches: [], actions: [] };
    if (Number.isNaN(rule.priority)) throw new DevdSyntaxError(file, lastLine);
    expect('{');
    for (let word = next(); word !== '}'; word = next()) {
      if (word === 'action') rule.actions.push(string());
      else if (word === 'match') rule.matches.push(matcher(string(), string()));
      else if (['device-name', 'media-type', 'subdevice'].includes(word))
        rule.matches.push(matcher(word, string()));
      else if (kind === 'options') {
        while (list[at]?.text !== ';') next();
      } else throw new DevdSyntaxError(file, lastLine);
      expect(';');
    }
    expect(';');
    if (kind === 'notify') rules.push(rule);
  };
  while (at < list.length) {
    const kind = next();
    if (!['notify', 'attach', 'detach', 'nomatch', 'options'].includes(kind)) {
      throw new DevdSyntaxError(file, lastLine);
    }
    block(kind);
  }
  return rules;
}

function matcher(variable: string, pattern: string): Rule['matches'][number] {
  const negated = pattern.startsWith('!');
  return { variable, negated, regex: new RegExp(`^${negated ? pattern.slice(1) : pattern}$`, 'i') };
}
