import { wrap } from '../report/text.js';
import type { Context, Question } from './types.js';

/** The help of a question, broken at `width`; lines that start with two spaces are examples and stay as they are. */
export function helpText(question: Question, context: Context, width: number): string {
  const key = question.key === '' ? [] : wrap(`In the cluster file: ${question.key}`, width);
  return [...paragraphs(question.help(context)).flatMap((one) => broken(one, width)), ...key].join('\n');
}

function paragraphs(text: string): string[] {
  const found: string[] = [];
  for (const line of text.split('\n')) {
    const before = found.at(-1);
    if (before === undefined || isExample(line) || isExample(before)) found.push(line);
    else found[found.length - 1] = `${before} ${line}`;
  }
  return found;
}

function isExample(line: string): boolean {
  return line.startsWith('  ');
}

function broken(paragraph: string, width: number): string[] {
  return isExample(paragraph) ? [paragraph] : wrap(paragraph, width);
}
