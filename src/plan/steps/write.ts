import type { FileFacts, NodeFacts } from '../../facts/types.js';
import type { FileAttributes } from '../../remote/target.js';
import type { Secret } from '../../spec/secret.js';
import { attributeDrift } from '../applied.js';
import { fileDiff } from '../diff.js';
import type { Applied, Impact, Noticer, Phase, Step } from '../types.js';

export interface WantedFile {
  facts: NodeFacts;
  phase: Phase;
  path: string;
  content: string;
  attributes: FileAttributes;
  secrets: readonly Secret[];
  validate?: string;
  impact?: Impact;
  drift?: string;
  verify?: string;
  noticedBy?: Noticer;
  applies?: readonly Applied[];
  forgets?: readonly string[];
  atomic?: boolean;
  /** What is there by then, where an earlier step of the same plan has written it. */
  before?: FileFacts;
}

/** The step that makes a file as wanted, or none when it is. */
export function writeStep(wanted: WantedFile): Step[] {
  const { facts, path, content, attributes, secrets } = wanted;
  const current = wanted.before ?? facts.files[path];
  const diff = difference(wanted);
  if (diff === undefined) return [];
  const drift = wanted.drift ?? attributeDrift(path, attributes, facts);
  return [
    {
      id: `${facts.node}/${wanted.phase}${path}`,
      node: facts.node,
      phase: wanted.phase,
      title: `${current === undefined ? 'Write' : 'Change'} ${path}`,
      risk: 'none',
      ...(wanted.impact === undefined ? {} : { impact: wanted.impact }),
      ...(drift === undefined ? {} : { drift }),
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
        ...(wanted.applies === undefined ? {} : { applies: wanted.applies }),
        ...(wanted.forgets === undefined || wanted.forgets.length === 0 ? {} : { forgets: wanted.forgets }),
        secrets,
      },
      ...(wanted.verify === undefined ? {} : { verify: wanted.verify }),
      ...(wanted.atomic === true ? { atomic: true } : {}),
    },
  ];
}

function difference(wanted: WantedFile): string | undefined {
  const { facts, path, content, attributes, secrets } = wanted;
  const current = wanted.before ?? facts.files[path];
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
