import { loginsOf, namesOf } from '../answers-to-draft.js';
import { parseLogin, THIS_MACHINE } from '../login.js';
import { type Question, text } from '../types.js';

/** How one of the two machines is reached. */
export function login(number: 1 | 2): Question {
  const which = number === 1 ? 'First' : 'Second';
  return {
    id: `login${number}`,
    section: 'Machines',
    label: `${which} machine`,
    key: 'nodes.NAME.ssh (host, port, user, identity), or nodes.NAME.local: true',
    needs: [],
    intro: () => (number === 1 ? INTRO : undefined),
    ask: ({ here }) => ({
      kind: 'type',
      message: `${which} machine, as ssh takes it${here.freebsd && number === 1 ? `, or ${THIS_MACHINE}` : ''}:`,
    }),
    help: ({ here }) => `${HELP}${here.freebsd ? THIS : ''}`,
    validate: (answer, { here }) => {
      const parsed = parseLogin(text(answer) ?? '');
      if (typeof parsed === 'string') return parsed;
      if ('local' in parsed && !here.freebsd)
        return 'this machine does not run FreeBSD, so it cannot be a node';
      return undefined;
    },
    paths: (context) => [
      ['nodes', namesOf(context)[number - 1]!, 'ssh'],
      ['nodes', namesOf(context)[number - 1]!, 'local'],
    ],
    show: (answer, context) => {
      const found = loginsOf(context)[number - 1];
      const how = found && !('local' in found) && found.become !== 'none' ? `, then ${found.become}` : '';
      return `${text(answer) ?? ''}${how}`;
    },
  };
}

const INTRO = `Two FreeBSD machines, reachable by SSH, with one free disk, partition or pool
each. Nothing on them is changed before you have seen everything and agreed.`;

const HELP = `hastconf works from here over SSH, with your keys, agent and ssh_config. Answer
with what you would type after ssh: a host name or address, the user with @,
-p for another port, -i for a key file.
  root@192.0.2.11
  admin@nas1.example.org -p 2222 -i ~/.ssh/id_ed25519
Good: an address of the machine's own, not one that moves between the two. Root
is simplest; with another user you are asked how to become root.`;

const THIS = `\n"${THIS_MACHINE}" is the machine that hastconf runs on.`;
