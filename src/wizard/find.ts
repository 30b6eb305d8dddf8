import { ExitCode, type HastconfError } from '../errors.js';
import { table } from '../report/text.js';
import { loginsOf } from './answers-to-draft.js';
import { NotMet } from './ports.js';
import { addressCandidates } from './propose/carp.js';
import { carpLinkOf } from './questions/carp-link.js';
import { type Context, type Finding, type Login, list, type Pair, type Survey } from './types.js';
import { move, pairKey, surveyKey, type Wizard } from './wizard.js';

/** Looks for what the next question rests on. A machine that cannot be reached opens its login again. */
export function find(wizard: Wizard, finding: Finding, context: Context): Promise<void> {
  return finding === 'pair' ? meet(wizard, context) : survey(wizard, context);
}

async function meet(wizard: Wizard, context: Context): Promise<void> {
  const { prompter, machines } = wizard;
  prompter.say('Connecting to both machines and looking at them ...');
  try {
    const value = await machines.meet(loginsOf(context) as readonly [Login, Login]);
    wizard.pair = { key: pairKey(context), value };
    prompter.say(`\n${portrait(value).join('\n')}`);
  } catch (error) {
    if (!(error instanceof NotMet)) throw error;
    const [first, second] = error.failures;
    for (const failure of error.failures) if (failure) tell(wizard, failure);
    const interrupted = [first, second].find((failure) => failure?.exit === ExitCode.Interrupted);
    if (interrupted) throw interrupted;
    await move(wizard, { type: 'reopen', id: first ? 'login1' : 'login2' });
  }
}

function tell({ prompter }: Wizard, { message, detail, remedy }: HastconfError): void {
  prompter.say(prompter.bad(`! ${message}`));
  for (const line of (detail ?? '').split('\n').filter((text) => text !== '')) prompter.say(`  | ${line}`);
  if (remedy !== undefined) prompter.say(`  -> ${remedy}`);
}

/** Two lines of who is there. */
function portrait({ names, facts }: Pair): string[] {
  return table(
    facts.map(({ os, disks, interfaces }, at) => [
      `  ${names[at]}`,
      `FreeBSD ${os.release} ${os.arch}`,
      `${disks.length} disks`,
      interfaces
        .flatMap(({ addresses }) =>
          addresses
            .filter(({ family, vhid }) => family === 4 && vhid === undefined)
            .map(({ address }) => address),
        )
        .filter((address) => !address.startsWith('127.'))
        .slice(0, 3)
        .join(' '),
    ]),
  );
}

async function survey(wizard: Wizard, context: Context): Promise<void> {
  const { prompter, machines } = wizard;
  const { pair, answers } = context;
  const interfaceName = list(answers.carpLink)[0]!;
  const link = carpLinkOf(context);
  const candidates = link ? addressCandidates(link, pair!.facts) : [];
  prompter.say(
    `Listening for CARP on ${interfaceName} of ${pair!.names[0]}, and looking for a free address ...`,
  );
  const value: Survey = await machines.survey(pair!, interfaceName, candidates);
  wizard.survey = { key: surveyKey(context), value };
  const heard = value.vhids.length === 0 ? 'no other CARP group' : `VHIDs in use: ${value.vhids.join(', ')}`;
  prompter.say(value.deaf === undefined ? `  Heard: ${heard}.` : `  Could not listen: ${value.deaf}`);
}
