/** Colours of this program: everything that `style` can write. */
const OWN_COLOURS = /\x1b\[(?:0|1|2|22|31|32|33|39)m/y;

/**
 * C0 but tab and newline, DEL, C1, and what turns the direction of text round or ends a line unseen: a node, a disk,
 * a server or somebody's lock could draw on the terminal with them, or rewrite the question that stands there.
 */
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * The text as it may go to a terminal: whatever steers one is shown as an escape of JSON (`\u001b`), so that a JSON
 * document stays the same document. Only this program's own colours pass. Every writer goes through here.
 */
export function visible(text: string): string {
  return text.replace(UNSEEN, (character, at: number) => {
    OWN_COLOURS.lastIndex = at;
    return character === '\x1b' && OWN_COLOURS.test(text) ? character : escaped(character);
  });
}

/** The same for text of others, in a question or a title: no colours either. */
export function foreign(text: string): string {
  return text.replace(UNSEEN, escaped);
}

/** The same for what must stay on its line. */
export function foreignLine(text: string): string {
  return foreign(text).replace(/[\t\n]+/g, ' ');
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
