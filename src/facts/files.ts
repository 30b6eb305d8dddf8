import { quoteWord } from '../remote/words.js';
import { type Frames, failureOf, frameOf } from './frames.js';
import { record } from './record.js';
import type { FactsRequest, FileFacts } from './types.js';

/** Bytes of a file that are read at most; configuration is far below. */
const MAX_FILE_BYTES = 1024 * 1024;

/** All requested files, with the ones that only an old release needs at the end. */
function requestedFiles(request: FactsRequest): string[] {
  return [...request.files, ...(request.filesBefore93 ?? [])];
}

/** Content, owner and mode. `stat -L`: of a link's target, which is what a write replaces. */
export function filesCommand(request: FactsRequest): string {
  const call = (path: string, index: number): string => `file_facts ${index} ${quoteWord(path)}\n`;
  const now = request.files.map(call);
  const before93 = (request.filesBefore93 ?? []).map((path, index) =>
    call(path, request.files.length + index),
  );
  const listed = (request.confDirectories ?? []).map(
    (directory, index) => `conf_facts ${index} ${quoteWord(directory)}\n`,
  );
  return `file_kind() {
  if [ -f "$1" ]; then echo file; elif [ -e "$1" ]; then echo other; else echo missing; fi
}
file_facts() {
  frame "file.$1.kind" file_kind "$2"
  [ -f "$2" ] || return 0
  frame "file.$1.stat" stat -L -f '%Su %Sg %Lp %z' "$2"
  frame "file.$1.text" head -c ${MAX_FILE_BYTES + 1} "$2"
}
${listed.length === 0 ? '' : CONF_FACTS}${now.join('')}${listed.join('')}${before93.length === 0 ? '' : `if [ "\${osreldate:-0}" -lt 903000 ]; then\n${before93.join('')}fi\n`}`;
}

/** Every *.conf of a directory, with its name: which there are is not known before. */
const CONF_FACTS = `conf_facts() {
  conf_number=0
  for conf in "$2"/*.conf; do
    [ -e "$conf" ] || continue
    frame "file.conf.$1.$conf_number.path" printf '%s' "$conf"
    file_facts "conf.$1.$conf_number" "$conf"
    conf_number=$((conf_number + 1))
  done
}
`;

/** Files by path; undefined: there is none. One that cannot be read or is no text comes with \`error\`. */
export function parseFiles(frames: Frames, request: FactsRequest): Record<string, FileFacts | undefined> {
  const requested = requestedFiles(request).map((path, index) => [path, `file.${index}`] as const);
  return record(
    [...listedFiles(frames, request), ...requested]
      .filter(([, id]) => frames.has(`${id}.kind`))
      .map(([path, id]) => [path, fileFacts(frames, id)]),
  );
}

function listedFiles(frames: Frames, { confDirectories = [] }: FactsRequest): (readonly [string, string])[] {
  return confDirectories.flatMap((_, directory) => {
    const found: (readonly [string, string])[] = [];
    for (let number = 0; ; number += 1) {
      const id = `file.conf.${directory}.${number}`;
      if (!frames.has(`${id}.path`)) return found;
      found.push([frameOf(frames, `${id}.path`).stdout, id]);
    }
  });
}

function fileFacts(frames: Frames, id: string): FileFacts | undefined {
  const kind = frameOf(frames, `${id}.kind`).stdout.trim();
  if (kind === 'missing') return undefined;
  const stat = frameOf(frames, `${id}.stat`);
  const text = frameOf(frames, `${id}.text`);
  const [, owner = '', group = '', mode = '0', size = '0'] =
    /^(\S+) (\S+) ([0-7]+) (\d+)/.exec(stat.stdout) ?? [];
  const attributes = { owner, group, mode: Number.parseInt(mode, 8) };
  const error =
    kind === 'other'
      ? 'not a regular file'
      : (failureOf(stat) ?? failureOf(text) ?? damage(text.stdout, size));
  return error === undefined
    ? { content: text.stdout, ...attributes }
    : { content: '', error, ...attributes };
}

/** The way to the node decodes UTF-8: other bytes come as U+FFFD and would be lost in a rewrite. */
function damage(text: string, size: string): string | undefined {
  if (Number(size) > MAX_FILE_BYTES) return `larger than ${MAX_FILE_BYTES} bytes`;
  if (text.includes('\uFFFD')) return 'it has bytes that are not UTF-8';
  return undefined;
}
