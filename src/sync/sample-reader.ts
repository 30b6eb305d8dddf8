import { record } from '../facts/record.js';
import type { HastResourceFacts } from '../facts/types.js';
import type { SyncSample } from './types.js';

/** A look bigger than this is not hastctl's output; 1 MB is some 1700 resources. */
const LARGEST_LOOK = 1024 * 1024;
const WORDS_SHOWN = 500;

export type ParseList = (text: string) => readonly HastResourceFacts[];

/**
 * Cuts the output of {@link watchScript} into samples, however it was split on its way.
 * Whatever stands outside a look, and a look that was never ended, is left out.
 */
export class SampleReader {
  readonly #node: string;
  readonly #begin: string;
  readonly #end: RegExp;
  readonly #parse: ParseList;
  #rest = '';
  #look: string[] | undefined;
  #size = 0;

  constructor(node: string, nonce: string, parse: ParseList) {
    this.#node = node;
    this.#begin = `${nonce} begin`;
    this.#end = new RegExp(`^${nonce} end (\\d+) (\\d*)$`);
    this.#parse = parse;
  }

  /** Takes the next piece of output; answers the samples that it completes, seen at `atMs`. */
  feed(text: string, atMs: number): SyncSample[] {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > LARGEST_LOOK) this.#rest = '';
    const samples: SyncSample[] = [];
    for (const line of lines) {
      const sample = this.#line(line, atMs);
      if (sample) samples.push(sample);
    }
    return samples;
  }

  #line(line: string, atMs: number): SyncSample | undefined {
    if (line === this.#begin) {
      this.#look = [];
      this.#size = 0;
      return undefined;
    }
    if (!this.#look) return undefined;
    const end = this.#end.exec(line);
    if (end) {
      const look = this.#look;
      this.#look = undefined;
      return this.#sample(look, Number(end[1]), Number(end[2] || 0), atMs);
    }
    this.#size += line.length + 1;
    if (this.#size > LARGEST_LOOK) this.#look = undefined;
    else this.#look.push(line);
    return undefined;
  }

  #sample(look: readonly string[], code: number, epoch: number, atMs: number): SyncSample {
    const said = look.filter((line) => isMessage(line));
    const parsed = this.#parse(`${look.filter((line) => !isMessage(line)).join('\n')}\n`);
    const resources = record(parsed.map((one) => [one.name, one] as const));
    const words = parsed.length > 0 || code === 0 ? said : look;
    return {
      node: this.#node,
      atMs,
      epoch,
      code,
      words: words.join(' ').trim().slice(0, WORDS_SHOWN),
      resources,
    };
  }
}

/** hastctl's own messages, as pjdlog prints them, and what the shell says when there is no hastctl. */
function isMessage(line: string): boolean {
  return /^\[(?:ERROR|WARNING|INFO|DEBUG)/.test(line) || /hastctl: /.test(line);
}
