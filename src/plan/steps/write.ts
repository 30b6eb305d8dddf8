import type { NodeFacts } from '../../facts/types.js';
import type { FileAttributes } from '../../remote/target.js';
import type { Secret } from '../../spec/secret.js';
import { fileDiff } from '../diff.js';
import type { Noticer, Phase, Step } from '../types.js';

export interface WantedFile {
  facts: NodeFacts;
  phase: Phase;
  path: string;
  content: string;
  attributes: FileAttributes;
  secrets: readonly Secret[];
  validate?: string;
  impact?: string;
  verify?: string;
  noticedBy?: Noticer;
}

/** The step that makes a file as wanted, or none when it is. */
export function writeStep(wanted: WantedFile): Step[] {
  const { facts, path, content, attributes, secrets } = wanted;
  const current = facts.files[path];
  const diff = difference(wanted);
  if (diff === undefined) return [];
  return [
    {
      id: `${facts.node}/${wanted.phase}${path}`,
      node: facts.node,
      phase: wanted.phase,
      title: `${current === undefined ? 'Write' : 'Change'} ${path}`,
      risk: 'none',
      ...(wanted.impact === undefined ? {} : { impact: wanted.impact }),
      diff,
      action: {
        kind: 'write',
        path,
        content,
        attributes,
        replaces: current?.content,
        ...(wanted.validate === undefined ? {} : { validate: wanted.validate }),
        ...(wanted.noticedBy === undefined || current?.content === content
          ? {}
          : { noticedBy: wanted.noticedBy }),
        secrets,
      },
      ...(wanted.verify === undefined ? {} : { verify: wanted.verify }),
    },
  ];
}

function difference({ facts, path, content, attributes, secrets }: WantedFile): string | undefined {
  const current = facts.files[path];
  if (current === undefined || current.content !== content) {
    return fileDiff(path, current?.content, content, secrets);
  }
  const before = describe(current);
  const after = describe(attributes);
  return before === after ? undefined : `${path}: ${before} -> ${after}`;
}

function describe({ owner, group, mode }: FileAttributes): string {
  return `${owner}:${group} ${mode.toString(8).padStart(4, '0')}`;
}
