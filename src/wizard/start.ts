import { parse } from 'node:path';
import { dropAnswers, loadAnswers } from './answers-file.js';
import { type Progress, START } from './flow.js';
import { BACK, HELP, type Prompter } from './prompter.js';

/** The cluster file to write, and whether one of that name may be replaced. */
export interface ChosenFile {
  file: string;
  replace: boolean;
}

/** A name that is free, or one whose file may be replaced. Undefined: stop. */
export async function chooseFile(
  prompter: Prompter,
  file: string,
  exists: (file: string) => Promise<boolean>,
): Promise<ChosenFile | undefined> {
  if (!(await exists(file))) return { file, replace: false };
  for (;;) {
    const reply = await prompter.choose({
      message: `${file} exists already. What should happen to it?`,
      choices: [
        { value: 'other', name: 'Leave it alone: write another file' },
        { value: 'replace', name: 'Replace it, once all is answered' },
        { value: 'stop', name: 'Stop here' },
      ],
    });
    if (reply === HELP) prompter.say(`\n${FILE_HELP}\n`);
    else if (reply === 'replace') return { file, replace: true };
    else if (reply !== 'other') return undefined;
    else {
      const other = await prompter.type(
        { message: 'File to write:', default: await unused(file, exists) },
        async (name) =>
          (await exists(name)) ? `${name} exists as well` : name === '' ? 'a file needs a name' : undefined,
      );
      if (typeof other === 'string') return { file: other, replace: false };
    }
  }
}

const FILE_HELP = `A cluster file describes one pair. To change a pair that is set up, edit its file
and run hastconf apply; init is for a new one.`;

async function unused(file: string, exists: (file: string) => Promise<boolean>): Promise<string> {
  const { dir, name, ext } = parse(file);
  for (let number = 2; ; number++) {
    const candidate = `${dir === '' ? '' : `${dir}/`}${name}${number}${ext}`;
    if (!(await exists(candidate))) return candidate;
  }
}

/** Where an interrupted `init` goes on, or a new start. */
export async function chooseStart(prompter: Prompter, path: string, now: Date): Promise<Progress> {
  const kept = await loadAnswers(path);
  if (!kept || kept.progress.trail.length === 0) return START;
  const count = kept.progress.trail.length;
  for (;;) {
    const reply = await prompter.choose({
      message: `${count} answer${count === 1 ? ' is' : 's are'} kept from ${ago(kept.at, now)}. Go on from there?`,
      choices: [
        { value: 'on', name: 'Go on' },
        { value: 'anew', name: 'Start anew; they are thrown away' },
      ],
    });
    if (reply === 'on') return kept.progress;
    if (reply === 'anew') {
      await dropAnswers(path);
      return START;
    }
    if (reply === HELP)
      prompter.say('\nAn earlier hastconf init was interrupted. Secrets are never among its answers.\n');
    else if (reply === BACK) prompter.say('This is the first question.');
  }
}

/** `today at 14:03`, or the day. */
function ago(at: Date, now: Date): string {
  const [day, time] = at.toISOString().split('T');
  const [today] = now.toISOString().split('T');
  return day === today ? `today, ${time!.slice(0, 5)} UTC` : day!;
}
