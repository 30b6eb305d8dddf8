import { quoteWord } from '../remote/words.js';
import { type Frames, frameOf } from './frames.js';
import { record } from './record.js';
import type { DirectoryFacts, FactsRequest } from './types.js';

/**
 * Presence and emptiness by sh alone, space by one df for all. A mount point whose device is gone can block:
 * run it under `limited`.
 */
export function directoriesBody(request: FactsRequest): string {
  const words = request.directories.map(quoteWord);
  const kinds = words.map((word, index) => `  directory_kind ${index} ${word}\n`);
  const present = words.map((word) => `  [ ! -d ${word} ] || set -- "$@" ${word}\n`);
  return `directory_kind() {
  if [ ! -d "$2" ]; then
    if [ -e "$2" ]; then echo "$1 other"; else echo "$1 missing"; fi
    return 0
  fi
  for entry in "$2"/* "$2"/.[!.]* "$2"/..?*; do
    if [ -e "$entry" ] || [ -h "$entry" ]; then
      echo "$1 used"
      return 0
    fi
  done
  echo "$1 empty"
}
directory_kinds() {
${kinds.join('')}  :
}
directories() {
  frame directories.kinds directory_kinds
  set --
${present.join('')}  [ $# = 0 ] || frame directories.space df -k "$@"
}
`;
}

type Kind = 'missing' | 'other' | 'empty' | 'used';

/** Kind by index; a directory that blocked, and those behind it, have none. */
export function parseKinds(text: string): Map<number, Kind> {
  const lines = [...text.matchAll(/^(\d+) (missing|other|empty|used)$/gm)];
  return new Map(lines.map((line) => [Number(line[1]), line[2] as Kind]));
}

/** Directories by path; undefined: no directory there. */
export function parseDirectories(
  frames: Frames,
  request: FactsRequest,
): Record<string, DirectoryFacts | undefined> {
  const kinds = parseKinds(frameOf(frames, 'directories.kinds').stdout);
  const present = [...kinds.keys()].filter(
    (index) => kinds.get(index) === 'empty' || kinds.get(index) === 'used',
  );
  const space = parseAvailable(frameOf(frames, 'directories.space').stdout);
  // df leaves out what it fails on; then the lines no longer tell whose they are.
  const trusted = space.length === present.length;
  return record(
    request.directories.map((path, index) => {
      const place = present.indexOf(index);
      if (place < 0) return [path, undefined];
      const available = trusted ? (space[place] ?? Number.NaN) : Number.NaN;
      return [path, { empty: kinds.get(index) === 'empty', available }];
    }),
  );
}

/** `df -k`: bytes in the Avail column of each line; below 0 when the reserve is in use. */
export function parseAvailable(text: string): number[] {
  return [...text.matchAll(/\s\d+\s+-?\d+\s+(-?\d+)\s+\d+%\s/g)].map((match) => Number(match[1]) * 1024);
}
