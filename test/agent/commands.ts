/** Words after which a command follows. */
const LEADING = new Set('if then else elif do while until ! { ('.split(' '));
/** Functions of the agent whose second word is the command that they run. */
const RUNNERS = new Set(['limit', 'bounded', 'probe']);

/**
 * The first word of every command in a POSIX shell script, also inside command substitutions: enough of
 * the shell's grammar (quotes, comments, here-documents, case labels) for scripts without eval and aliases.
 */
export function commandsOf(script: string): Set<string> {
  const reader = new Reader(script);
  reader.list('');
  return reader.found;
}

class Reader {
  readonly found = new Set<string>();
  private at = 0;
  private heredocs: string[] = [];

  constructor(private readonly text: string) {}

  /** Reads commands up to the closing bracket or the end. */
  list(close: string): void {
    let place: 'command' | 'argument' | 'label' = 'command';
    let skip = 0;
    let inCase = false;
    while (this.at < this.text.length) {
      const char = this.text.charAt(this.at);
      if (char === ' ' || char === '\t') this.at += 1;
      else if (char === '#') this.comment();
      else if (this.text.startsWith('\\\n', this.at)) this.at += 2;
      else if (char === ')' && place !== 'label' && close === ')') {
        this.at += 1;
        return;
      } else if (/[\n;&|()]/.test(char)) {
        place = this.operator(place);
      } else if (/^\d?[<>]/.test(this.text.slice(this.at, this.at + 2))) this.redirection();
      else {
        const word = this.word();
        if (place === 'label') {
          if (word === 'esac') place = 'argument';
        } else if (place === 'command') {
          if (LEADING.has(word) || /^[A-Za-z_]\w*=/.test(word)) continue;
          if (word === 'case') inCase = true;
          this.found.add(word);
          skip = RUNNERS.has(word) ? 1 : 0;
          place = 'argument';
        } else if (skip > 0) {
          skip -= 1;
          place = skip === 0 ? 'command' : 'argument';
        } else if (inCase && word === 'in') {
          inCase = false;
          place = 'label';
        }
      }
    }
  }

  private operator(place: 'command' | 'argument' | 'label'): 'command' | 'label' {
    const char = this.text.charAt(this.at);
    this.at += 1;
    if (char === '\n') this.skipHeredocs();
    if (place === 'label') return char === ')' ? 'command' : 'label';
    if (char === ';' && this.text.charAt(this.at) === ';') {
      this.at += 1;
      return 'label';
    }
    return 'command';
  }

  private comment(): void {
    while (this.at < this.text.length && this.text.charAt(this.at) !== '\n') this.at += 1;
  }

  private redirection(): void {
    const heredoc = /^<<(-?)(\w+)/.exec(this.text.slice(this.at));
    if (heredoc) {
      this.heredocs.push(String(heredoc[2]));
      this.at += heredoc[0].length;
      return;
    }
    this.at += /^\d?[<>]+&?\s*/.exec(this.text.slice(this.at))?.[0].length ?? 1;
    this.word();
  }

  private skipHeredocs(): void {
    for (const end of this.heredocs.splice(0)) {
      const found = new RegExp(`^\\t*${end}$`, 'm').exec(this.text.slice(this.at));
      this.at += (found?.index ?? 0) + (found?.[0].length ?? 0) + 1;
    }
  }

  /** One word without its quotes; what the shell would put in becomes `$`. */
  private word(): string {
    let word = '';
    for (
      let char = this.text.charAt(this.at);
      char !== '' && !/[\s;&|()<>]/.test(char);
      char = this.text.charAt(this.at)
    ) {
      if (char === "'") {
        const end = this.text.indexOf("'", this.at + 1);
        word += this.text.slice(this.at + 1, end);
        this.at = end + 1;
      } else if (char === '"') word += this.quoted();
      else if (char === '\\') {
        word += this.text.charAt(this.at + 1);
        this.at += 2;
      } else if (char === '$') word += this.dollar();
      else {
        word += char;
        this.at += 1;
      }
    }
    return word;
  }

  private quoted(): string {
    let word = '';
    this.at += 1;
    while (this.text.charAt(this.at) !== '"') {
      if (this.text.charAt(this.at) === '\\') {
        word += this.text.charAt(this.at + 1);
        this.at += 2;
      } else if (this.text.charAt(this.at) === '$') word += this.dollar();
      else {
        word += this.text.charAt(this.at);
        this.at += 1;
      }
    }
    this.at += 1;
    return word;
  }

  private dollar(): string {
    const rest = this.text.slice(this.at);
    if (rest.startsWith('$((')) this.at += rest.indexOf('))') + 2;
    else if (rest.startsWith('$(')) {
      this.at += 2;
      this.list(')');
    } else if (rest.startsWith('${')) this.braces();
    else this.at += 1;
    return '$';
  }

  private braces(): void {
    this.at += 2;
    while (this.text.charAt(this.at) !== '}') {
      if (this.text.charAt(this.at) === '"') this.quoted();
      else if (this.text.charAt(this.at) === '\\') this.at += 2;
      else if (this.text.charAt(this.at) === '$') this.dollar();
      else this.at += 1;
    }
    this.at += 1;
  }
}
