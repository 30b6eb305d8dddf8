import type { NodeAnswers } from '../../src/doctor/answers.js';
import type { DoctorNode, Subject } from '../../src/doctor/types.js';
import { ExitCode, HastconfError } from '../../src/errors.js';
import type { NodeFacts } from '../../src/facts/types.js';
import { agentScript } from '../../src/render/agent-script.js';
import { proveProblems } from '../../src/report/final.js';
import { clusterStatus } from '../../src/report/status.js';
import type { ClusterSpec } from '../../src/spec/types.js';
import { nodeFacts, pairSpec } from '../report/pair.js';

export const NODES = ['hasta', 'hastb'] as const;
export type Name = (typeof NODES)[number];

const file = (content: string, mode = 0o644) => ({ content, owner: 'root', group: 'wheel', mode });

const HAST_CONF = `replication memsync
timeout 10
exec /usr/local/sbin/carp-hast-switch
resource disk0 {
	on hasta { local /dev/vtbd1
		remote tcp4://10.77.0.2
		source tcp4://10.77.0.1
	}
	on hastb { local /dev/vtbd1
		remote tcp4://10.77.0.2
		source tcp4://10.77.0.2
	}
}
`;

const DEVD = `notify 100 {
	match "system"		"CARP";
	match "subsystem"	"1@vtnet1";
	match "type"		"(MASTER|BACKUP|INIT)";
	action "/usr/sbin/daemon -f /usr/local/sbin/carp-hast-switch event $subsystem $type";
};
`;

const RC_SCRIPT = '#!/bin/sh\n# PROVIDE: carp_hast\n# REQUIRE: hastd devd\n# KEYWORD: nojail shutdown\n';

const running = { exists: true, enabled: true, running: true };

/** A node of the measured pair where nothing is wrong. */
export function healthy(node: Name, over: Partial<NodeFacts> = {}): NodeFacts {
  const base = nodeFacts(node);
  return {
    ...base,
    interfaces: [
      {
        ...base.interfaces[0]!,
        addresses: [
          { family: 4, address: node === 'hasta' ? '192.168.50.11' : '192.168.50.12', prefixLength: 24 },
          ...base.interfaces[0]!.addresses,
        ],
      },
    ],
    sysctls: {
      'net.inet.carp.preempt': '1',
      'net.inet.carp.allow': '1',
      'net.inet.carp.demotion': '0',
    },
    services: { ...base.services, syslogd: running, ntpd: running },
    files: {
      ...base.files,
      '/etc/hast.conf': file(HAST_CONF),
      '/usr/local/etc/devd/hastconf.conf': file(DEVD),
      '/usr/local/etc/rc.d/carp_hast': file(RC_SCRIPT, 0o755),
      '/usr/local/sbin/carp-hast-switch': file(agentScript(), 0o755),
    },
    agent: { ...base.agent!, epoch: 2, agreedEpoch: 2, alarms: [], alarmsSince: {}, peerState: 'standby' },
    rc: { ifconfig_vtnet1_alias0: 'inet vhid 1 advbase 1 advskew 240 pass s3cret alias 192.168.50.10/24' },
    agentPublicKey: 'ssh-ed25519 AAAA agent',
    ...over,
  };
}

const ANSWERS: NodeAnswers = {
  bootOrder: ['netif', 'devd', 'syslogd', 'hastd', 'carp_hast', 'sshd'].map((name) => `/etc/rc.d/${name}`),
  carpKey: 's3cret',
  cachefile: {},
  cachedPools: [],
  tunefs: {},
  diskMessages: [],
  smart: {},
  backups: ['etc_hast.conf'],
  copyJobs: [],
  syslogLines: [
    '*.notice;authpriv.none;kern.debug;lpr.info;mail.crit;news.err	/var/log/messages',
    'daemon.info	/var/log/daemon.log',
  ],
};

export type Side = { facts?: Partial<NodeFacts>; answers?: Partial<NodeAnswers> } | 'unreachable';

/** The pair with what is different on each node. */
export function subjectOf(sides: Partial<Record<Name, Side>> = {}, spec = doctorSpec()): Subject {
  const nodes: DoctorNode[] = [];
  const unreachable: { node: string; error: HastconfError }[] = [];
  for (const name of NODES) {
    const side = sides[name] ?? {};
    if (side === 'unreachable') {
      const error = new HastconfError(ExitCode.Unreachable, `cannot connect to ${name}`, { remedy: 'ssh x' });
      unreachable.push({ node: name, error });
    } else {
      nodes.push({ name, facts: healthy(name, side.facts), answers: { ...ANSWERS, ...side.answers } });
    }
  }
  const facts = nodes.map((node) => node.facts);
  const readings = [...facts.map((one) => ({ node: one.node, facts: one })), ...unreachable];
  return {
    spec,
    specPath: '/cluster.yaml',
    nodes,
    unreachable,
    plan:
      unreachable.length > 0
        ? undefined
        : { steps: [], problems: [], destructions: [], notes: [], refusals: [], primary: 'hasta' },
    files: [],
    verification:
      unreachable.length === 0
        ? proveProblems(spec, facts)
        : clusterStatus(spec, readings, new Date(0)).problems,
  };
}

/** With a witness, so that nothing is to be said. */
export function doctorSpec(): ClusterSpec {
  const spec = pairSpec();
  return { ...spec, agent: { ...spec.agent, witness: ['192.168.50.1'] } };
}
