import type { NodeFacts } from '../facts/types.js';
import { type AgentConf, parseAgentConf } from '../formats/agent-conf.js';
import { AGENT_CONF } from '../spec/paths.js';

/** What the node's agent has been told: its agent.conf as it is now, empty where there is none. */
export function toldAgent(facts: NodeFacts): AgentConf {
  return parseAgentConf(facts.files[AGENT_CONF]?.content ?? '');
}
