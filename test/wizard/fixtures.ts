import type { NodeFacts, ProviderFacts } from '../../src/facts/types.js';
import type { Plan } from '../../src/plan/types.js';
import { Secret } from '../../src/spec/secret.js';
import type { Progress } from '../../src/wizard/flow.js';
import { START } from '../../src/wizard/flow.js';
import type { Machines } from '../../src/wizard/ports.js';
import { BACK, HELP, OTHER, type Prompter, type Reply } from '../../src/wizard/prompter.js';
import { QUESTIONS } from '../../src/wizard/questions/index.js';
import type { Answer, Context, Pair } from '../../src/wizard/types.js';
import type { Wizard } from '../../src/wizard/wizard.js';
import { freshFacts, provider } from '../plan/fixtures.js';

/** The measured pair as the wizard first sees it: three blank disks each, a router in the LAN. */
export function measuredPair(more: { first?: Partial<NodeFacts>; second?: Partial<NodeFacts> } = {}): Pair {
  const disks = [1, 2, 3].map((number) => provider(`/dev/vtbd${number}`));
  return {
    names: ['hasta', 'hastb'],
    facts: [freshFacts('hasta', { disks, ...more.first }), freshFacts('hastb', { disks, ...more.second })],
    reached: [undefined, undefined],
    answering: ['192.168.50.1'],
    problems: [],
  };
}

/** A disk with something on it. */
export function holding(path: string, detail: string, size?: number): ProviderFacts {
  return provider(path, { uses: [{ kind: 'filesystem', detail }], ...(size && { mediaSize: size }) });
}

export const HERE: Context['here'] = { freebsd: false, password: false, cwd: '/work', home: '/home/me' };

/** Answers to everything that is asked about the measured pair. */
export const ANSWERS: Record<string, Answer> = {
  login1: 'root@192.0.2.11',
  login2: 'root@192.0.2.12',
  replication: '10.77.0.1 10.77.0.2',
  address: '192.168.50.10/24',
  witness: '192.168.50.1',
  providers: ['/dev/vtbd1=/dev/vtbd1'],
  use: 'ufs',
  mounts: '/hast/disk0',
  served: [],
};

export const EMPTY_PLAN: Plan = { steps: [], problems: [], destructions: [], notes: [], primary: 'hasta' };

/** One line of a played conversation: the question that must come, and what is answered. */
export type Line = readonly [question: string, reply: Reply<Answer> | typeof OTHER];

export interface Played {
  wizard: Wizard;
  /** Everything that was said, and every question. */
  said: string[];
  /** Lines that were not needed. */
  rest: Line[];
  kept: Progress[];
}

/** A wizard whose questions are answered from a script; the wrong question ends the test. */
export function played(
  script: readonly Line[],
  machines: Partial<Machines> = {},
  pair = measuredPair(),
): Played {
  const said: string[] = [];
  const kept: Progress[] = [];
  const rest = [...script];
  const next = async (message: string) => {
    const [wanted, reply] = rest.shift() ?? ['the end', BACK];
    if (!message.includes(wanted)) throw new Error(`asked: ${message}\nbut the script waits for: ${wanted}`);
    said.push(`? ${message}`);
    return reply as never;
  };
  const prompter: Prompter = {
    width: 80,
    visual: true,
    color: false,
    say: (text) => void said.push(text),
    strong: (text) => text,
    bad: (text) => text,
    choose: ({ message }) => next(message),
    mark: ({ message }) => next(message),
    async type({ message }, validate) {
      for (;;) {
        const reply: Reply<string> = await next(message);
        const wrong = typeof reply === 'string' ? await validate(reply) : undefined;
        if (wrong === undefined) return reply;
        said.push(`! ${wrong}`);
      }
    },
    secret: async (message) => new Secret(await next(message)),
    confirm: (message) => next(message),
  };
  const wizard: Wizard = {
    prompter,
    machines: {
      meet: async () => pair,
      survey: async () => ({ taken: [], vhids: [] }),
      inspect: async () => EMPTY_PLAN,
      targets: () => {
        throw new Error('there are no real machines here');
      },
      close: async () => undefined,
      ...machines,
    },
    questions: QUESTIONS,
    files: { home: '/home/me', directory: '/work' },
    here: HERE,
    progress: START,
    said: new Set(),
    keep: async (progress) => void kept.push(progress),
    keepSecret: async () => undefined,
  };
  return { wizard, said, rest, kept };
}

export { BACK, HELP, OTHER };

/** The shortest way through all questions. */
export const SHORTEST: readonly Line[] = [
  ['First machine', 'root@192.0.2.11'],
  ['Second machine', 'root@192.0.2.12'],
  ['Which link', '10.77.0.1 10.77.0.2'],
  ['Address', '192.168.50.10'],
  ['third machine', '192.168.50.1'],
  ['replicated', ['/dev/vtbd1=/dev/vtbd1']],
  ['What should be on it', 'ufs'],
  ['Mounted on', '/hast/disk0'],
  ['storage for', []],
];
