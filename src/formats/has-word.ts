/** Whether `word` stands in the text between characters that no name has; no name of a node is ever made a RegExp. */
export function hasWord(text: string, word: string): boolean {
  return placesOf(text, word).length > 0;
}

/** The text with every such `word` replaced. */
export function replaceWord(text: string, word: string, by: string): string {
  let result = '';
  let from = 0;
  for (const at of placesOf(text, word)) {
    result += text.slice(from, at) + by;
    from = at + word.length;
  }
  return result + text.slice(from);
}

const NAME = /[\w.-]/;

/** A dot behind it ends a sentence, unless a name goes on there. */
function placesOf(text: string, word: string): number[] {
  if (word === '') return [];
  const places: number[] = [];
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + word.length)) {
    const [before, after, further] = [
      text[at - 1] ?? '',
      text[at + word.length] ?? '',
      text[at + word.length + 1] ?? '',
    ];
    const goesOn = after === '.' ? /\w/.test(further) : NAME.test(after);
    if (!NAME.test(before) && !goesOn) places.push(at);
  }
  return places;
}
