import { coloured } from '../report/text.js';

/** inquirer's looks with this project's colours; its own ask the process, not the command line, about colour. */
export function theme(color: boolean) {
  const plain = (text: string) => text;
  const strong = (text: string) => coloured(text, 'strong', color);
  const faint = (text: string) => coloured(text, 'faint', color);
  const good = (text: string) => coloured(text, 'good', color);
  return {
    prefix: { idle: strong('?'), done: good('*') },
    spinner: { interval: 200, frames: ['-', '\\', '|', '/'] },
    icon: {
      cursor: '>',
      checked: good('[x]'),
      unchecked: '[ ]',
      disabledChecked: '[x]',
      disabledUnchecked: '-',
    },
    style: {
      answer: good,
      message: strong,
      error: (text: string) => coloured(`! ${text}`, 'bad', color),
      defaultAnswer: (text: string) => faint(`(${text})`),
      help: faint,
      highlight: strong,
      key: plain,
      disabled: faint,
      description: plain,
      maskedText: faint('(not shown)'),
      renderSelectedChoices: (chosen: readonly { short: string }[]) =>
        chosen.map(({ short }) => short).join(', ') || 'none',
    },
  };
}

/** What the keys do, below a list. */
export function keys(tips: readonly string[], color: boolean): { keysHelpTip: () => string } {
  return { keysHelpTip: () => coloured(tips.join(', '), 'faint', color) };
}
