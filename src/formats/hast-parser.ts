import type { HastToken } from './hast-lexer.js';
import type { HastConf, HastDaemon, HastNodeSection, HastResource, HastSettings } from './hast-types.js';

const CHOICES = {
  replication: ['fullsync', 'memsync', 'async'],
  checksum: ['none', 'crc32', 'sha256'],
  compression: ['none', 'hole', 'lzf'],
  metaflush: ['on', 'off'],
} as const;
const GLOBAL = ['replication', 'checksum', 'compression', 'timeout', 'exec', 'metaflush'];
const DAEMON = ['control', 'pidfile', 'listen'];
const TOO_LONG: Record<string, string> = { resource: 'Resource name', exec: 'Exec path' };
/** Bytes; everything else is a path or an address of at most 1023. */
const LIMITS: Record<string, number> = { resource: 254, name: 254 };

/** A mistake, in hastctl's words. */
export class HastSyntaxError extends Error {
  constructor(
    message: string,
    readonly line: number,
  ) {
    super(message);
  }
}

/** Recursive descent over the tokens of a hast.conf; used through parseHastConf. */
export class HastParser {
  #tokens: readonly HastToken[];
  #place = 0;

  constructor(tokens: readonly HastToken[]) {
    this.#tokens = tokens;
  }

  file(config: HastConf): void {
    while (this.#peek().kind !== 'end') {
      const directive = this.#keyword([...GLOBAL, ...DAEMON, 'on', 'resource']);
      if (directive === 'on') config.nodes.push(this.#daemonSection());
      else if (directive === 'resource') config.resources.push(this.#resource(config.resources));
      else if (DAEMON.includes(directive)) this.#daemon(directive, config.daemon);
      else this.#setting(directive, config.settings);
    }
  }

  #daemonSection(): HastDaemon & { node: string } {
    const section: HastDaemon & { node: string } = { node: this.#word('on'), listen: [] };
    this.#block(DAEMON, (directive) => this.#daemon(directive, section));
    return section;
  }

  #resource(known: readonly HastResource[]): HastResource {
    const line = this.#peek().line;
    const name = this.#word('resource');
    if (known.some((other) => other.name === name)) {
      throw new HastSyntaxError(`Resource ${name} configured more than once.`, line);
    }
    const resource: HastResource = { name, settings: {}, nodes: [] };
    this.#block([...GLOBAL, 'name', 'local', 'on'], (directive) => {
      if (directive === 'on') resource.nodes.push(this.#nodeSection());
      else if (directive === 'name') resource.provname = this.#word('name');
      else if (directive === 'local') resource.local = this.#word('local');
      else this.#setting(directive, resource.settings);
    });
    return resource;
  }

  #nodeSection(): HastNodeSection {
    const section: HastNodeSection = { node: this.#word('on') };
    this.#block(['name', 'local', 'remote', 'source', 'metaflush'], (directive) => {
      if (directive === 'name') section.provname = this.#word('name');
      else if (directive === 'local') section.local = this.#word('local');
      else if (directive === 'source') section.source = this.#word('source');
      else if (directive === 'metaflush') section.metaflush = this.#choice('metaflush') === 'on';
      else section.remote = this.#none() ? null : this.#word('remote');
    });
    return section;
  }

  #daemon(directive: string, into: HastDaemon): void {
    const value = this.#word(directive);
    if (directive === 'listen') into.listen.push(value);
    else if (directive === 'control') into.control = value;
    else into.pidfile = value;
  }

  #setting(directive: string, into: HastSettings): void {
    if (directive === 'timeout') into.timeout = this.#seconds();
    else if (directive === 'exec') into.exec = this.#word('exec');
    else if (directive === 'metaflush') into.metaflush = this.#choice('metaflush') === 'on';
    else if (directive === 'replication') into.replication = this.#choice('replication');
    else if (directive === 'checksum') into.checksum = this.#choice('checksum');
    else into.compression = this.#choice('compression');
  }

  #block(directives: readonly string[], each: (directive: string) => void): void {
    this.#take('{');
    while (this.#peek().kind !== '}') each(this.#keyword(directives));
    this.#take('}');
  }

  #choice<K extends keyof typeof CHOICES>(setting: K): (typeof CHOICES)[K][number] {
    return this.#keyword(CHOICES[setting]) as (typeof CHOICES)[K][number];
  }

  #none(): boolean {
    if (this.#peek().kind !== 'keyword' || this.#peek().text !== 'none') return false;
    this.#place++;
    return true;
  }

  #seconds(): number {
    const token = this.#take('number');
    const value = Number(token.text);
    if (value <= 0) throw new HastSyntaxError('Negative or zero timeout.', token.line);
    return value;
  }

  #word(directive: string): string {
    const { text, line } = this.#take('word');
    const limit = LIMITS[directive] ?? 1023;
    if (text.length > limit) {
      const what = TOO_LONG[directive] ?? `${directive} argument`;
      throw new HastSyntaxError(`${what} is too long.`, line);
    }
    return text;
  }

  #keyword(accepted: readonly string[]): string {
    const token = this.#peek();
    if (token.kind !== 'keyword' || !accepted.includes(token.text)) throw syntaxError(token);
    this.#place++;
    return token.text;
  }

  #take(kind: HastToken['kind']): HastToken {
    const token = this.#peek();
    if (token.kind !== kind) throw syntaxError(token);
    this.#place++;
    return token;
  }

  #peek(): HastToken {
    return this.#tokens[this.#place]!;
  }
}

function syntaxError({ line, text }: HastToken): HastSyntaxError {
  const message = `Unable to parse configuration file at line ${line} near '${text}': syntax error`;
  return new HastSyntaxError(message, line);
}
