import { namesOf } from '../answers-to-draft.js';
import type { Question } from '../types.js';

/** A name for people; asked only of somebody who comes for it from the review. */
export const name: Question = {
  id: 'name',
  section: 'Details',
  label: 'Name of the pair',
  key: 'name',
  needs: [],
  finding: 'pair',
  derive: (context) =>
    namesOf(context)
      .join('-')
      .slice(0, 63)
      .replace(/[^A-Za-z0-9]+$/, ''),
  ask: (context) => ({ kind: 'type', message: 'Name of the pair:', default: namesOf(context).join('-') }),
  help: () => 'Only for people: it stands in reports and file names.',
  paths: () => [['name']],
};
