import { type Accept, EreSyntaxError, readBracket } from './ere-bracket.js';

/** One step of the automaton; numbers are places in the program. */
type Instruction =
  | { kind: 'accept'; accept: Accept }
  | { kind: 'fork'; first: number; second: number }
  | { kind: 'begin' }
  | { kind: 'end' }
  | { kind: 'match' };

/** A piece of the program that is placed later: it is given where it begins, and answers its instructions. */
type Piece = (at: number) => Instruction[];

/** Instructions at most, and brackets in brackets: what is bigger is no rule that anybody wrote. */
const LARGEST = 4_000;
const DEEPEST = 50;

/**
 * A POSIX extended expression (re_format(7)), case ignored, that matches anywhere in a value. Undefined for what
 * regcomp(3) refuses. It is a node's own text, so it is no RegExp: an automaton takes time in proportion to pattern
 * times value, whatever both are.
 */
export function compileEre(pattern: string): ((value: string) => boolean) | undefined {
  try {
    const program = new EreParser(pattern.toLowerCase()).whole()(0);
    program.push({ kind: 'match' });
    return (value) => runs(program, value.toLowerCase());
  } catch (error) {
    if (error instanceof EreSyntaxError) return undefined;
    throw error;
  }
}

class EreParser {
  readonly #text: string;
  #at = 0;
  #size = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Piece {
    const piece = this.#branches(0);
    if (this.#at < this.#text.length) throw new EreSyntaxError();
    return piece;
  }

  #branches(depth: number): Piece {
    if (depth > DEEPEST) throw new EreSyntaxError();
    let piece = this.#sequence(depth);
    while (this.#text[this.#at] === '|') {
      this.#at += 1;
      piece = either(piece, this.#sequence(depth));
      this.#grow(2);
    }
    return piece;
  }

  /** A branch that is empty is a mistake, except within brackets. */
  #sequence(depth: number): Piece {
    const pieces: Piece[] = [];
    while (this.#at < this.#text.length && !/^[|)]/.test(this.#text[this.#at]!))
      pieces.push(this.#repeated(depth));
    if (pieces.length === 0 && (depth === 0 || this.#text[this.#at] === '|')) throw new EreSyntaxError();
    return inOrder(pieces);
  }

  #repeated(depth: number): Piece {
    const before = this.#size;
    let piece = this.#atom(depth);
    for (;;) {
      const bounds = this.#bounds();
      if (!bounds) return piece;
      const copies = bounds.most ?? bounds.least + 1;
      this.#grow((this.#size - before + 2) * copies);
      piece = times(piece, bounds);
    }
  }

  #bounds(): { least: number; most: number | undefined } | undefined {
    const mark = this.#text[this.#at];
    if (mark === '*' || mark === '+' || mark === '?') {
      this.#at += 1;
      return { least: mark === '+' ? 1 : 0, most: mark === '?' ? 1 : undefined };
    }
    const [whole, from, comma, to] =
      /^\{(\d{1,3})(,?)(\d{0,3})\}/.exec(this.#text.slice(this.#at, this.#at + 10)) ?? [];
    if (whole === undefined) return undefined;
    this.#at += whole.length;
    const least = Number(from);
    const most = comma === '' ? least : to === '' ? undefined : Number(to);
    if (least > 255 || (most !== undefined && (most > 255 || most < least))) throw new EreSyntaxError();
    return { least, most };
  }

  #atom(depth: number): Piece {
    this.#grow(1);
    const char = this.#text[this.#at++]!;
    if (char === '(') return this.#group(depth);
    if (char === '^') return () => [{ kind: 'begin' }];
    if (char === '$') return () => [{ kind: 'end' }];
    if (char === '.') return accepting(() => true);
    if (char === '[') {
      const { accept, end } = readBracket(this.#text, this.#at);
      this.#at = end;
      return accepting(accept);
    }
    if (char === '*' || char === '+' || char === '?') throw new EreSyntaxError();
    if (char === '{' && /^\d/.test(this.#text[this.#at] ?? '')) throw new EreSyntaxError();
    if (char !== '\\') return accepting((own) => own === char);
    const escaped = this.#text[this.#at++];
    if (escaped === undefined) throw new EreSyntaxError();
    return accepting((own) => own === escaped);
  }

  #group(depth: number): Piece {
    const inner = this.#branches(depth + 1);
    if (this.#text[this.#at] !== ')') throw new EreSyntaxError();
    this.#at += 1;
    return inner;
  }

  #grow(by: number): void {
    this.#size += by;
    if (this.#size > LARGEST) throw new EreSyntaxError();
  }
}

function accepting(accept: Accept): Piece {
  return () => [{ kind: 'accept', accept }];
}

function inOrder(pieces: readonly Piece[]): Piece {
  return (at) => {
    const program: Instruction[] = [];
    for (const piece of pieces) for (const one of piece(at + program.length)) program.push(one);
    return program;
  };
}

function either(left: Piece, right: Piece): Piece {
  return (at) => {
    const first = left(at + 1);
    const second = right(at + 2 + first.length);
    const over = at + 2 + first.length + second.length;
    const jump: Instruction = { kind: 'fork', first: over, second: over };
    return [{ kind: 'fork', first: at + 1, second: at + 2 + first.length }, ...first, jump, ...second];
  };
}

function times(piece: Piece, { least, most }: { least: number; most: number | undefined }): Piece {
  const must = Array.from({ length: least }, () => piece);
  if (most === undefined) return inOrder([...must, anyNumber(piece)]);
  const may = Array.from({ length: most - least }, () => maybe(piece));
  return inOrder([...must, ...may]);
}

function anyNumber(piece: Piece): Piece {
  return (at) => {
    const inner = piece(at + 1);
    const over = at + 2 + inner.length;
    return [
      { kind: 'fork', first: at + 1, second: over },
      ...inner,
      { kind: 'fork', first: at, second: over },
    ];
  };
}

function maybe(piece: Piece): Piece {
  return (at) => {
    const inner = piece(at + 1);
    return [{ kind: 'fork', first: at + 1, second: at + 1 + inner.length }, ...inner];
  };
}

/** All places at once, character by character; a match may begin and end anywhere, as regexec(3) finds it. */
function runs(program: readonly Instruction[], value: string): boolean {
  let next: number[] = [];
  for (let at = 0; at <= value.length; at += 1) {
    const places = reach(program, [...next, 0], at, value.length);
    if (places.has(program.length - 1)) return true;
    next = [];
    for (const place of places) {
      const one = program[place]!;
      if (one.kind === 'accept' && at < value.length && one.accept(value[at]!)) next.push(place + 1);
    }
  }
  return false;
}

/** Every place that can be come to from these without taking a character. */
function reach(
  program: readonly Instruction[],
  from: readonly number[],
  at: number,
  length: number,
): Set<number> {
  const reached = new Set<number>();
  const open = [...from];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    if (reached.has(place)) continue;
    reached.add(place);
    const one = program[place]!;
    if (one.kind === 'fork') open.push(one.first, one.second);
    if ((one.kind === 'begin' && at === 0) || (one.kind === 'end' && at === length)) open.push(place + 1);
  }
  return reached;
}
