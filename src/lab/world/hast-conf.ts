/** hastd's own reading of hast.conf (freebsd-facts §1), kept apart from the product's parser on purpose. */
export interface HastConf {
  control: string;
  resources: HastResourceConf[];
}

export interface HastResourceConf {
  name: string;
  provname: string;
  local: string;
  remote: string;
  source: string | undefined;
  replication: string;
  checksum: string;
  compression: string;
  timeout: number;
  exec: string | undefined;
  metaflush: string;
}

export interface NodeIdentity {
  hostname: string;
  hostuuid: string;
  hostid: number;
}

/** A file that hastd rejects; `exit` is hastctl's exit code. */
export class HastConfError extends Error {
  readonly exit = 78;
}

const RESERVED = new Set(
  (
    'control pidfile listen replication checksum compression timeout exec metaflush resource name local ' +
    'remote source on off fullsync memsync async none crc32 sha256 hole lzf'
  ).split(' '),
);
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  replication: ['fullsync', 'memsync', 'async'],
  checksum: ['none', 'crc32', 'sha256'],
  compression: ['none', 'hole', 'lzf'],
  metaflush: ['on', 'off'],
};

interface Token {
  text: string;
  line: number;
}

/** Splits as flex does: unknown bytes are echoed and dropped, a comment needs its line feed. */
function lex(text: string): { tokens: Token[]; echoed: string } {
  const tokens: Token[] = [];
  let echoed = '';
  let line = 0;
  let at = 0;
  while (at < text.length) {
    const rest = text.slice(at);
    const comment = /^#[^\n]*\n/.exec(rest);
    const word = /^(?:[{}]|[A-Za-z0-9._/:[\]-]+)/.exec(rest);
    if (comment !== null) {
      at += comment[0].length;
      line++;
    } else if (word !== null) {
      tokens.push({ text: word[0], line });
      at += word[0].length;
    } else {
      const char = rest[0] ?? '';
      if (char === '\n') line++;
      else if (char !== ' ' && char !== '\t') echoed += char;
      at++;
    }
  }
  return { tokens, echoed };
}

interface Settings {
  [key: string]: string | undefined;
}
interface RawResource {
  name: string;
  settings: Settings;
  mine: boolean;
}

class Parser {
  #at = 0;
  readonly global: Settings = {};
  readonly resources: RawResource[] = [];

  constructor(
    readonly tokens: readonly Token[],
    readonly mine: (name: string) => boolean,
    readonly lastLine: number,
  ) {}

  file(): void {
    while (this.#at < this.tokens.length) {
      const word = this.#next();
      if (word === 'on') this.#node();
      else if (word === 'resource') this.#resource();
      else if (['control', 'pidfile', 'listen'].includes(word)) this.global[word] = this.#word();
      else this.#common(word, this.global);
    }
  }

  #node(): void {
    const mine = this.mine(this.#word());
    this.#expect('{');
    for (let word = this.#next(); word !== '}'; word = this.#next()) {
      if (!['control', 'pidfile', 'listen'].includes(word)) this.#fail();
      const value = this.#word();
      if (mine) this.global[word] = value;
    }
  }

  #resource(): void {
    const resource: RawResource = { name: this.#word(), settings: {}, mine: false };
    if (this.resources.some((other) => other.name === resource.name)) {
      throw new HastConfError(`Resource ${resource.name} configured more than once.`);
    }
    this.#expect('{');
    for (let word = this.#next(); word !== '}'; word = this.#next()) {
      if (word === 'on') this.#section(resource);
      else if (word === 'name' || word === 'local') resource.settings[word] = this.#word();
      else this.#common(word, resource.settings);
    }
    this.resources.push(resource);
  }

  #section(resource: RawResource): void {
    const mine = this.mine(this.#word());
    if (mine) resource.mine = true;
    this.#expect('{');
    for (let word = this.#next(); word !== '}'; word = this.#next()) {
      const into: Settings = mine ? resource.settings : {};
      if (word === 'remote' && this.tokens[this.#at]?.text === 'none') into.remote = this.#next();
      else if (['name', 'local', 'remote', 'source'].includes(word)) into[word] = this.#word();
      else if (word === 'metaflush') this.#common(word, into);
      else this.#fail();
    }
  }

  #common(word: string, into: Settings): void {
    const choices = CHOICES[word];
    if (choices !== undefined) {
      const value = this.#next();
      if (!choices.includes(value)) this.#fail();
      into[word] = value;
    } else if (word === 'timeout') {
      const value = this.#next();
      if (!/^\d+$/.test(value)) this.#fail();
      if (Number(value) <= 0) throw new HastConfError('Negative or zero timeout.');
      into.timeout = value;
    } else if (word === 'exec') {
      into.exec = this.#word();
    } else {
      this.#fail();
    }
  }

  #next(): string {
    const token = this.tokens[this.#at++];
    if (token === undefined) this.#fail();
    return token?.text ?? '';
  }

  #word(): string {
    const text = this.#next();
    if (RESERVED.has(text) || /^\d+$/.test(text) || text === '{' || text === '}') this.#fail();
    return text;
  }

  #expect(text: string): void {
    if (this.#next() !== text) this.#fail();
  }

  #fail(): never {
    const token = this.tokens[this.#at - 1];
    const line = token?.line ?? this.lastLine;
    throw new HastConfError(
      `Unable to parse configuration file at line ${line} near '${token?.text ?? ''}': syntax error`,
    );
  }
}

/** Parses for one node. Throws HastConfError; `echoed` goes to the caller's stdout. */
export function parseHastConf(text: string, identity: NodeIdentity): { conf: HastConf; echoed: string } {
  const names = [
    identity.hostname,
    ...(identity.hostname.includes('.') ? [identity.hostname.split('.')[0] ?? ''] : []),
    identity.hostuuid,
    `hostid${identity.hostid}`,
  ];
  const mine = (name: string): boolean =>
    names.includes(name) || name.toLowerCase() === identity.hostuuid.toLowerCase();
  const { tokens, echoed } = lex(text);
  const parser = new Parser(tokens, mine, text.split('\n').length - 1);
  parser.file();
  const resources = parser.resources.map((raw) => finish(raw, parser.global, names));
  return { conf: { control: parser.global.control ?? '/var/run/hastctl', resources }, echoed };
}

function finish(raw: RawResource, global: Settings, names: readonly string[]): HastResourceConf {
  const { name, settings } = raw;
  if (!raw.mine) {
    throw new HastConfError(
      `No resource ${name} configuration for this node (acceptable node names: ${names.join(', ')}).`,
    );
  }
  const pick = (key: string, fallback: string): string => settings[key] ?? global[key] ?? fallback;
  if (settings.remote === undefined) {
    throw new HastConfError(`Remote address not configured for resource ${name}.`);
  }
  if (settings.local === undefined) {
    throw new HastConfError(`Path to local component not configured for resource ${name}.`);
  }
  return {
    name,
    provname: settings.name ?? name,
    local: settings.local,
    remote: settings.remote,
    source: settings.source,
    replication: pick('replication', 'memsync'),
    checksum: pick('checksum', 'none'),
    compression: pick('compression', 'hole'),
    timeout: Number(pick('timeout', '20')),
    exec: settings.exec ?? global.exec,
    metaflush: pick('metaflush', 'on'),
  };
}

/** `tcp4://10.77.0.2:8457` -> host and port; undefined for a form that hastd refuses. */
export function parseRemote(text: string): { host: string; port: number } | undefined {
  const bare = text.replace(/^tcp[46]?:\/\//, '');
  const match = /^([^:[\]]+)(?::(\d+))?$/.exec(bare) ?? /^\[([0-9a-fA-F:]+)\]:(\d+)$/.exec(bare);
  if (match !== null) return { host: match[1] ?? '', port: Number(match[2] ?? '8457') };
  return /^[0-9a-fA-F:]+$/.test(bare) ? { host: bare, port: 8457 } : undefined;
}
