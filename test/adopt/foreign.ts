import { adopt } from '../../src/adopt/adopt.js';
import type { AdoptFinding } from '../../src/adopt/types.js';
import type { CarpFacts, FileFacts, InterfaceFacts, NodeFacts } from '../../src/facts/types.js';
import { freshFacts, hastResource } from '../plan/fixtures.js';

export const CONNECTION = {
  ssh: [
    { host: '192.0.2.11', become: 'none' },
    { host: '192.0.2.12', become: 'none' },
  ],
} as const;

/** What one node of a foreign pair has beyond a fresh machine. */
export interface Foreign {
  hastConf?: string;
  rc?: Readonly<Record<string, string>>;
  files?: Readonly<Record<string, string>>;
  /** Live CARP on vtnet1 with its addresses. */
  carp?: readonly {
    vhid: number;
    state: CarpFacts['state'];
    advskew?: number;
    address: string;
    prefixLength?: number;
  }[];
  interfaces?: readonly InterfaceFacts[];
  facts?: Partial<NodeFacts>;
}

export function foreignFacts(node: 'hasta' | 'hastb', own: Foreign): NodeFacts {
  const base = freshFacts(node);
  const texts: Record<string, string> = {
    ...own.files,
    ...(own.hastConf === undefined ? {} : { '/etc/hast.conf': own.hastConf }),
  };
  return {
    ...base,
    rc: { ...base.rc, ...own.rc },
    interfaces:
      own.interfaces ?? base.interfaces.map((one) => (one.name === 'vtnet1' ? withCarp(one, own) : one)),
    files: {
      ...base.files,
      ...Object.fromEntries(Object.entries(texts).map(([path, text]) => [path, file(text)])),
    },
    ...own.facts,
  };
}

function withCarp(one: InterfaceFacts, { carp = [] }: Foreign): InterfaceFacts {
  return {
    ...one,
    carp: carp.map(({ vhid, state, advskew = 0 }) => ({ vhid, state, advbase: 1, advskew })),
    addresses: [
      ...one.addresses,
      ...carp.map(({ vhid, address, prefixLength = 32 }) => ({
        family: address.includes(':') ? (6 as const) : (4 as const),
        address,
        prefixLength,
        vhid,
      })),
    ],
  };
}

function file(content: string): FileFacts {
  return { content, owner: 'root', group: 'wheel', mode: 0o644 };
}

/** hast.conf of the recipe, for any resources. */
export function hastConf(
  resources: readonly string[] = ['disk0'],
  names: readonly [string, string] = ['hasta', 'hastb'],
  link: readonly [string, string] = ['10.77.0.1', '10.77.0.2'],
): string {
  return resources
    .map((resource, index) => {
      const section = (own: 0 | 1) =>
        `\ton ${names[own]} {\n\t\tlocal /dev/vtbd${index + 1}\n\t\tremote ${link[own === 0 ? 1 : 0]}\n\t}\n`;
      return `resource ${resource} {\n${section(0)}${section(1)}}\n`;
    })
    .join('');
}

export function alias(advskew: number, more = ''): string {
  return `inet vhid 1 advskew ${advskew} pass s3cret${more} alias 192.168.50.10/32`;
}

/** hasta serves by hand-made means; `a` and `b` replace parts of it. */
export function recipe(a: Foreign = {}, b: Foreign = {}): readonly [NodeFacts, NodeFacts] {
  const mounted = [
    ...freshFacts('hasta').mounts,
    { device: '/dev/hast/disk0', mountpoint: '/hast/disk0', type: 'ufs', options: 'rw' },
  ];
  const running = (role: 'primary' | 'secondary') => ({
    running: true,
    configExit: 65,
    metadata: {},
    resources: { disk0: hastResource('disk0', { role, status: 'complete' }) },
  });
  return [
    foreignFacts('hasta', {
      hastConf: hastConf(),
      rc: { ifconfig_vtnet1_alias0: alias(0) },
      carp: [{ vhid: 1, state: 'MASTER', address: '192.168.50.10' }],
      facts: { hast: running('primary'), mounts: mounted },
      ...a,
    }),
    foreignFacts('hastb', {
      hastConf: hastConf(),
      rc: { ifconfig_vtnet1_alias0: alias(100) },
      carp: [{ vhid: 1, state: 'BACKUP', advskew: 100, address: '192.168.50.10' }],
      facts: { hast: running('secondary') },
      ...b,
    }),
  ];
}

/** Adopts, and tells the findings that a pair of the recipe has not anyway. */
export function adopted(facts: readonly [NodeFacts, NodeFacts]) {
  const { spec, findings, carpPassword } = adopt(facts, CONNECTION);
  const usual = (one: AdoptFinding): boolean =>
    one.kind === 'assumed' && /no name yet|preferred node/.test(one.message)
      ? true
      : one.kind === 'replaced' && /did not write|^advskew/.test(one.message);
  return {
    spec,
    password: carpPassword?.reveal(),
    said: findings.filter((one) => !usual(one)).map(told),
    all: findings,
  };
}

function told({ kind, message }: AdoptFinding): string {
  return `${kind}: ${message}`;
}
