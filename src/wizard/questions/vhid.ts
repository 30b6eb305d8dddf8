import { freeVhid, ownVhids } from '../propose/carp.js';
import { type Context, list, type Question, text } from '../types.js';

/** The number that tells CARP groups in one network apart. */
export const vhid: Question = {
  id: 'vhid',
  section: 'Network',
  label: 'VHID',
  key: 'carp.vhid',
  needs: ['carpLink'],
  finding: 'survey',
  derive: (context) => (context.survey?.deaf === undefined ? free(context) : undefined),
  ask: (context) => {
    const proposal = free(context);
    return {
      kind: 'type',
      message: 'VHID, the number of the CARP group in this network:',
      ...(proposal === undefined ? {} : { default: proposal }),
    };
  },
  help: ({ survey }) => `CARP and VRRP groups in one network are told apart by a number from 1 to 255.
${
  survey?.deaf === undefined
    ? `Heard there: ${survey?.vhids.join(', ') || 'none'}. Any other number is good.`
    : `Nobody could listen there (${survey.deaf}), so make sure that no router or
other cluster in that network uses the number.`
}`,
  validate: (answer) => (/^\d+$/.test(text(answer) ?? '') ? undefined : 'must be a number from 1 to 255'),
  paths: () => [['carp', 'vhid']],
  checks: ['vhid-in-use'],
  show: (answer, { survey }) => `${answer}${survey && survey.deaf === undefined ? ', not in use there' : ''}`,
};

function free({ pair, survey, answers }: Context): string | undefined {
  const own = ownVhids(pair?.facts ?? [], list(answers.carpLink));
  const number = freeVhid([...own, ...(survey?.vhids ?? [])]);
  return number === undefined ? undefined : String(number);
}
