import { describe, expect, it } from 'vitest';
import type { NodeFacts } from '../../src/facts/types.js';
import { sha256 } from '../../src/plan/applied.js';
import { plan } from '../../src/plan/plan.js';
import { AGENT_CONF, APPLIED } from '../../src/spec/paths.js';
import { freshFacts, pairSpec } from './fixtures.js';

const file = (content: string) => ({ content, owner: 'root', group: 'wheel', mode: 0o644 });
const ours = (pair: string, resource = 'disk0', local = '/dev/vtbd1') =>
  file(`# hast.conf of the pair ${pair}. Made by hastconf and the same on both nodes: change cluster.yaml
# and run "hastconf apply"; what is changed here is overwritten.
resource ${resource} {
	on hastb { local ${local}
	remote 10.77.0.1 }
}
`);

/** hastd is off on hastb, and so are the agents; its files alone tell. */
function lossesWith(files: NodeFacts['files'], more: Partial<NodeFacts> = {}): string[] {
  const facts = { hasta: freshFacts('hasta'), hastb: freshFacts('hastb', { files, ...more }) };
  const { destructions } = plan({ spec: pairSpec(), facts, files: [], destroy: [], ignoredChecks: [] });
  return destructions.map(({ node, what, loses }) => `${node}:${what}: ${loses.join('; ')}`);
}

describe('configuration that is already on a node', () => {
  it('of this pair is replaced without a question', () => {
    expect(lossesWith({ '/etc/hast.conf': ours('pair1') })).toEqual([]);
  });

  it('of this pair under another name is replaced without a question', () => {
    const agent = file("cluster='old'\nnode='hastb'\npeer='hasta'\n");
    expect(lossesWith({ '/etc/hast.conf': ours('old'), [AGENT_CONF]: agent })).toEqual([]);
  });

  it.each<[string, NodeFacts['files'], RegExp]>([
    ['of another pair', { '/etc/hast.conf': ours('pair2', 'disk0', '/dev/vtbd2') }, /another pair, pair2/],
    [
      'of a pair that its agent belongs to',
      {
        '/etc/hast.conf': ours('pair1'),
        [AGENT_CONF]: file("cluster='pair2'\nnode='hastb'\npeer='hastc'\n"),
      },
      /another pair, pair2/,
    ],
    [
      'that only names hastconf.sh',
      { '/etc/hast.conf': file('# written by hastconf.sh 2019\nresource disk0 { }\n') },
      /a hast.conf that hastconf did not write/,
    ],
    [
      'that only begins like ours',
      { '/etc/hast.conf': file('# hast.conf of the pair pair1. My own, with hastconf in mind\n') },
      /a hast.conf that hastconf did not write/,
    ],
  ])('%s wants consent', (_, files, why) => {
    expect(lossesWith(files)).toMatchObject([expect.stringMatching(/^hastb:\/etc\/hast\.conf: /)]);
    expect(lossesWith(files)[0]).toMatch(why);
  });

  it('that the last apply left is ours, whatever its first line says', () => {
    const old = '# an older template\n';
    const applied = file(`${sha256(old)} 20261120T164000Z-1a2b3c /etc/hast.conf\n`);
    expect(lossesWith({ '/etc/hast.conf': file(old), [APPLIED]: applied })).toEqual([]);
  });

  it('with a resource that the cluster file lacks wants consent for it, also while hastd is off', () => {
    expect(lossesWith({ '/etc/hast.conf': ours('pair1', 'archive') })).toMatchObject([
      expect.stringMatching(/^hastb:archive: HAST resource archive: its device would be taken away/),
    ]);
  });
});

describe('--ignore-check', () => {
  const problemsWith = (ignored: readonly string[], more: Partial<NodeFacts> = {}) => {
    const facts = { hasta: freshFacts('hasta', more), hastb: freshFacts('hastb') };
    const { problems, steps } = plan({
      spec: pairSpec(),
      facts,
      files: [],
      destroy: [],
      ignoredChecks: ignored,
    });
    return { ids: problems.map(({ id }) => id), steps };
  };

  it('reaches what a person may know better', () => {
    const slow = { ping: { '10.77.0.2': false } };
    expect(problemsWith([], slow).ids).toContain('peer-unreachable');
    expect(problemsWith(['peer-unreachable'], slow).ids).not.toContain('peer-unreachable');
  });

  it.each<[string, Partial<NodeFacts>]>([
    ['unanswered', { unanswered: [{ subject: 'hastctl list', message: 'no answer in time' }] }],
    [
      'split-brain',
      { agent: { version: '1', node: 'hasta', state: 'split-brain', fresh: 'stale', epoch: 2 } },
    ],
  ])('never reaches the guard: %s', (id, more) => {
    expect(problemsWith([id], more).ids).toContain(id);
  });

  it('over an answer that did not come nothing is planned at all', () => {
    const silent = { unanswered: [{ subject: 'hastctl list', message: 'no answer in time' }] };
    expect(problemsWith([], silent).steps).toEqual([]);
  });
});
