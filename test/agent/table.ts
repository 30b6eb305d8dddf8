import { spawn } from 'node:child_process';
import { AGENT } from './node.js';

/** Every value of every observation that the agent's decision knows, in the order of its arguments. */
export const INPUTS = {
  carp: ['none', 'INIT', 'BACKUP', 'MASTER'],
  roles: ['no-hastd', 'all-init', 'all-secondary', 'all-primary', 'mixed'],
  mounts: ['none', 'some', 'all'],
  fresh: ['fresh', 'stale', 'unknown'],
  epoch: ['equal', 'ahead', 'behind', 'diverged', 'unknown'],
  peer: ['unasked', 'serving', 'primary', 'leaving', 'standby', 'down', 'silent', 'dead'],
  connected: ['yes', 'no'],
  mode: ['off', 'on', 'hold'],
  phase: ['boot', 'alone', 'run'],
  request: ['none', 'promote', 'force', 'demote'],
  preferred: ['yes', 'no'],
} as const;

export type InputName = keyof typeof INPUTS;
export type Observation = { [K in InputName]: (typeof INPUTS)[K][number] };

export interface Verdict {
  action: string;
  reason: string;
  /** advskew to advertise: 0, 20, 240 or keep. */
  skew: string;
}

const NAMES = Object.keys(INPUTS) as InputName[];
const SIZES = NAMES.map((name) => INPUTS[name].length);
export const COMBINATIONS = SIZES.reduce((product, size) => product * size, 1);

/** The agent's own decision function, tabulated once over all its inputs by one dash process. */
export class DecisionTable {
  private constructor(
    private readonly verdicts: readonly Verdict[],
    private readonly cells: Uint8Array,
  ) {}

  static async tabulate(): Promise<DecisionTable> {
    const verdicts: Verdict[] = [];
    const known = new Map<string, number>();
    const cells = new Uint8Array(COMBINATIONS);
    let count = 0;
    await lines(tabulationScript(), (line) => {
      let index = known.get(line);
      if (index === undefined) {
        index = verdicts.length;
        known.set(line, index);
        const [action = '', reason = '', skew = ''] = line.split(' ');
        verdicts.push({ action, reason, skew });
      }
      cells[count] = index;
      count += 1;
    });
    if (count !== COMBINATIONS || verdicts.length > 255)
      throw new Error(`${count} rows, ${verdicts.length} verdicts`);
    return new DecisionTable(verdicts, cells);
  }

  /** What the agent does with these observations. */
  decide(observation: Observation): Verdict {
    const row = NAMES.reduce((index, name, position) => {
      const value = (INPUTS[name] as readonly string[]).indexOf(observation[name]);
      return index * (SIZES[position] ?? 1) + value;
    }, 0);
    return this.verdicts[this.cells[row] ?? -1] ?? never(observation);
  }

  /** Calls back with every row. The observation is reused: do not keep it. */
  each(callback: (observation: Observation, verdict: Verdict) => void): void {
    const digits = NAMES.map(() => 0);
    const observation = Object.fromEntries(NAMES.map((name) => [name, INPUTS[name][0]])) as Observation;
    for (const cell of this.cells) {
      callback(observation, this.verdicts[cell] ?? never(observation));
      increment(digits, observation);
    }
  }

  reasons(): string[] {
    return [...new Set(this.verdicts.map((verdict) => verdict.reason))].sort();
  }
}

function increment(digits: number[], observation: Observation): void {
  const mutable = observation as Record<InputName, string>;
  for (let position = NAMES.length - 1; position >= 0; position -= 1) {
    const name = NAMES[position] as InputName;
    const next = ((digits[position] ?? 0) + 1) % (SIZES[position] ?? 1);
    digits[position] = next;
    mutable[name] = INPUTS[name][next] as string;
    if (next !== 0) return;
  }
}

function tabulationScript(): string {
  const open = NAMES.map((name) => `for ${name} in ${INPUTS[name].join(' ')}; do`).join('\n');
  const words = NAMES.map((name) => `$${name}`).join(' ');
  const close = NAMES.map(() => 'done').join('; ');
  return `CARP_HAST_LIB=1 . ${AGENT}\n${open}\naction= reason= skew=
decide ${words}\necho "$action $reason $skew"\n${close}\n`;
}

function lines(script: string, take: (line: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('dash', ['-s'], { stdio: ['pipe', 'pipe', 'inherit'] });
    let rest = '';
    child.stdout.setEncoding('latin1');
    child.stdout.on('data', (piece: string) => {
      const parts = (rest + piece).split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) take(part);
    });
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`dash ended with ${code}`))));
    child.stdin.end(script);
  });
}

function never(observation: Observation): never {
  throw new Error(`no verdict for ${JSON.stringify(observation)}`);
}
