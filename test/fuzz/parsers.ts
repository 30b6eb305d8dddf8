import { fstabFindings } from '../../src/adopt/fstab.js';
import { withoutBlock } from '../../src/adopt/reading.js';
import { scriptMountpoint } from '../../src/adopt/switch-script.js';
import { parseOwner } from '../../src/apply/lock-owner.js';
import { parseAnswers } from '../../src/doctor/answers.js';
import { parseAgent, parseHostKeys } from '../../src/facts/agent.js';
import { parseCarpProbe } from '../../src/facts/carp-probe.js';
import { parseAvailable, parseKinds } from '../../src/facts/directories.js';
import * as disks from '../../src/facts/disks.js';
import { parseEnds } from '../../src/facts/ends.js';
import { parseFrames } from '../../src/facts/frames.js';
import { parseHastDump } from '../../src/facts/hast-dump.js';
import { parseHastList, parseHastStatus } from '../../src/facts/hast-list.js';
import { parseInterfaces } from '../../src/facts/interfaces.js';
import { parseMounts } from '../../src/facts/mounts.js';
import { parseContent, parseHastHead } from '../../src/facts/probe.js';
import { parseRcConf, parseSysrc } from '../../src/facts/rc.js';
import { parseDefaultGateway } from '../../src/facts/route.js';
import { parseRcvar } from '../../src/facts/services.js';
import type { NodeFacts } from '../../src/facts/types.js';
import * as zfs from '../../src/facts/zfs.js';
import { parseAgentConf, shellWords } from '../../src/formats/agent-conf.js';
import { readBlock, removeBlock } from '../../src/formats/block.js';
import { parseDevdConf } from '../../src/formats/devd-conf.js';
import { devdMatches } from '../../src/formats/devd-match.js';
import { parseHastConf } from '../../src/formats/hast-conf.js';
import { readHastConf } from '../../src/formats/hast-node.js';
import { rcCarps } from '../../src/formats/rc-carp.js';
import { removeRcVariables, setRcVariables } from '../../src/formats/rc-conf.js';
import { linesFor } from '../../src/remote/known-hosts.js';
import { parseJump } from '../../src/remote/route.js';
import { labelOf, OwnStdout, splitPid } from '../../src/remote/script.js';
import { parseSettings } from '../../src/remote/ssh-config.js';
import { parseAddress, parseCidr } from '../../src/spec/address.js';
import { parseDuration, parseSize } from '../../src/spec/units.js';
import { SampleReader } from '../../src/sync/sample-reader.js';
import { foreign, visible } from '../../src/terminal/visible.js';
import { pairSpec } from '../plan/fixtures.js';

/** Facts in which every file, also those that may not be there, says this. */
function saying(text: string): NodeFacts {
  const file = { content: text, owner: 'root', group: 'wheel', mode: 0o644 };
  const files = new Proxy({}, { get: () => file });
  return { node: 'hasta', files, mounts: [] } as unknown as NodeFacts;
}

/** Every frame that is asked for says this. */
function framesSaying(text: string) {
  const frame = { stdout: text, stderr: text, code: 0 };
  return { get: () => frame, has: () => true } as unknown as Parameters<typeof parseAnswers>[0];
}

/** Everything that takes text from a node, a server, a disk or a file that somebody else may have written. */
export const PARSERS: Readonly<Record<string, (text: string) => unknown>> = {
  parseAddress,
  parseAgent,
  parseAgentConf,
  parseAnswers: (text) => parseAnswers(framesSaying(text), pairSpec(), 'hasta'),
  parseAvailable,
  parseCarpProbe,
  parseCidr,
  parseContent,
  parseDefaultGateway,
  parseDevdConf,
  parseDiskinfo: disks.parseDiskinfo,
  parseDiskNames: disks.parseDiskNames,
  parseDuration,
  parseEnds: (text) => parseEnds(text, text, 1 << 30, 512),
  parseFrames: (text) => parseFrames(text, 'n0nce'),
  parseHastConf,
  parseHastDump,
  parseHastHead,
  parseHastList,
  parseHastStatus,
  parseHostKeys,
  parseInterfaces,
  parseJump,
  parseKinds,
  parseLabels: disks.parseLabels,
  parseModes: disks.parseModes,
  parseMounts,
  parseOwner,
  parsePartitionTables: disks.parsePartitionTables,
  parsePoolMembers: zfs.parsePoolMembers,
  parsePools: zfs.parsePools,
  parsePoolVdevs: zfs.parsePoolVdevs,
  parseRcConf,
  parseRcvar,
  parseSettings,
  parseSize,
  parseSwap: disks.parseSwap,
  parseSysrc,
  parseVolumes: zfs.parseVolumes,
  readBlock,
  readHastConf: (text) => readHastConf(text, { hostname: 'hasta' }),
  rcCarps: (text) => rcCarps({ ifconfig_em0_alias0: text, [text]: 'vhid 1' }),
  removeBlock,
  removeRcVariables: (text) => removeRcVariables(text, ['hastd_enable']),
  setRcVariables: (text) => setRcVariables(text, [{ name: 'hastd_enable', value: 'YES' }]),
  shellWords,
  'devd’s expressions': (text) =>
    devdMatches(
      {
        kind: 'notify',
        priority: 1,
        matches: [{ variable: 'system', pattern: text }],
        directives: [],
        actions: [],
        line: 1,
      },
      { system: 'a'.repeat(60) },
    ),
  fstab: (text) => fstabFindings(saying(text), 'hasta'),
  'a recipe’s script': (text) => scriptMountpoint(saying(text), ['disk0', 'disk1']),
  'a block of ours': withoutBlock,
  known_hosts: (text) => [linesFor('hasta', text), linesFor(text.slice(0, 300), '*a*b*c* x y')],
  labelOf,
  splitPid,
  'start-up files’ words': (text) => new OwnStdout().of(text),
  'a stream of samples': (text) => new SampleReader('hasta', 'n0nce', parseHastList).feed(text, 0),
  'text for a terminal': (text) => [visible(text), foreign(text)],
};
