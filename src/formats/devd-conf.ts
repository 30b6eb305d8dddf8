import { type DevdToken, type DevdWarning, lexDevdConf } from './devd-lexer.js';

export interface DevdMatch {
  variable: string;
  /** Extended regular expression; devd wraps it as `^…$` and ignores case. A leading `!` negates. */
  pattern: string;
}

export interface DevdRule {
  kind: 'notify' | 'attach' | 'detach' | 'nomatch';
  priority: number;
  matches: DevdMatch[];
  /** device-name, class, subdevice and media-type directives. */
  directives: { name: string; value: string }[];
  actions: string[];
  /** Line of the rule's first word, from 1. */
  line: number;
}

interface DevdConf {
  directories: string[];
  pidFile?: string;
  /** `set NAME "REGEX";` in options. */
  sets: { name: string; value: string }[];
  rules: DevdRule[];
}

export type DevdParse =
  | { ok: true; config: DevdConf; warnings: readonly DevdWarning[] }
  | { ok: false; line: number; near: string; warnings: readonly DevdWarning[] };

const DIRECTIVES = ['device-name', 'class', 'subdevice', 'media-type'];

/** The grammar of devd.conf(5) (sbin/devd/parse.y). One error makes devd exit, so there is no recovery here either. */
export function parseDevdConf(text: string): DevdParse {
  const { tokens, warnings } = lexDevdConf(text);
  try {
    return { ok: true, config: new Parser(tokens).file(), warnings };
  } catch (error) {
    if (!(error instanceof DevdSyntaxError)) throw error;
    return { ok: false, line: error.token.line, near: error.token.text, warnings };
  }
}

/** devd's own message about such a file. */
export function devdMessage(path: string, failure: { line: number }): string {
  return `devd: Cannot parse ${path} at line ${failure.line}`;
}

class DevdSyntaxError extends Error {
  constructor(readonly token: DevdToken) {
    super('syntax error');
  }
}

class Parser {
  #tokens: readonly DevdToken[];
  #place = 0;

  constructor(tokens: readonly DevdToken[]) {
    this.#tokens = tokens;
  }

  file(): DevdConf {
    const config: DevdConf = { directories: [], sets: [], rules: [] };
    while (this.#peek().kind !== 'end') {
      const { line } = this.#peek();
      const kind = this.#word(['options', 'notify', 'attach', 'detach', 'nomatch']);
      if (kind === 'options') this.#options(config);
      else config.rules.push(this.#rule(kind as DevdRule['kind'], line));
    }
    return config;
  }

  #options(config: DevdConf): void {
    this.#block(() => {
      const option = this.#word(['directory', 'pid-file', 'set']);
      if (option === 'directory') config.directories.push(this.#take('string').text);
      else if (option === 'pid-file') config.pidFile = this.#take('string').text;
      else config.sets.push({ name: this.#take('word').text, value: this.#take('string').text });
    });
  }

  #rule(kind: DevdRule['kind'], line: number): DevdRule {
    const priority = Number(this.#take('number').text);
    const rule: DevdRule = { kind, priority, matches: [], directives: [], actions: [], line };
    this.#block(() => {
      const name = this.#word(['match', 'action', ...DIRECTIVES]);
      if (name === 'action') rule.actions.push(this.#take('string').text);
      else if (name === 'match') {
        rule.matches.push({ variable: this.#take('string').text, pattern: this.#take('string').text });
      } else rule.directives.push({ name, value: this.#take('string').text });
    });
    return rule;
  }

  /** `{ statement; … };` */
  #block(statement: () => void): void {
    this.#mark('{');
    while (!this.#isMark('}')) {
      statement();
      this.#mark(';');
    }
    this.#mark('}');
    this.#mark(';');
  }

  #word(accepted: readonly string[]): string {
    const token = this.#peek();
    if (token.kind !== 'word' || !accepted.includes(token.text)) throw new DevdSyntaxError(token);
    this.#place++;
    return token.text;
  }

  #take(kind: DevdToken['kind']): DevdToken {
    const token = this.#peek();
    if (token.kind !== kind) throw new DevdSyntaxError(token);
    this.#place++;
    return token;
  }

  #mark(text: string): void {
    if (!this.#isMark(text)) throw new DevdSyntaxError(this.#peek());
    this.#place++;
  }

  #isMark(text: string): boolean {
    return this.#peek().kind === 'mark' && this.#peek().text === text;
  }

  #peek(): DevdToken {
    return this.#tokens[this.#place]!;
  }
}
