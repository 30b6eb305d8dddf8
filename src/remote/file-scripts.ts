import { ExitCode, HastconfError } from '../errors.js';
import type { ExecResult, FileAttributes } from './target.js';
import { quoteWord } from './words.js';

/** Exit code of the read script for "does not exist". */
const MISSING = 44;

/** Runs one script, named by `label` in messages (the script itself may hold secrets). */
export type RunScript = (script: string, label: string) => Promise<ExecResult>;

/** Root and wheel are 0 everywhere; other names are left to the node. */
export function idsOf(attributes: FileAttributes): { owner: string; group: string } {
  const zero = (name: string) => (name === 'root' || name === 'wheel' ? '0' : name);
  return { owner: zero(attributes.owner), group: zero(attributes.group) };
}

/** Any failure of a file operation, in the node's own words: exit 1. */
function fileError(node: string, what: string, detail: string): HastconfError {
  const full = /no space left|disk quota|file ?system .*full/i.test(detail);
  return new HastconfError(
    ExitCode.StepFailed,
    `${node}: cannot ${what}${full ? ': the disk is full' : ''}`,
    {
      node,
      detail: detail.trim(),
      ...(full
        ? { remedy: `Nothing was changed. Make room on ${node} (df -h), then run hastconf again.` }
        : {}),
    },
  );
}

/** Content of a file, or undefined when it does not exist. */
export async function readByScript(node: string, run: RunScript, path: string): Promise<string | undefined> {
  const word = quoteWord(path);
  const script = `[ -e ${word} ] || [ -L ${word} ] || exit ${MISSING}\ncat -- ${word}\n`;
  const result = await run(script, `read ${path}`);
  if (result.code === MISSING) return undefined;
  if (result.code !== 0) throw fileError(node, `read ${path}`, `exit ${result.code}: ${result.stderr}`);
  return result.stdout;
}

/**
 * Atomic replacement. The content goes through sh's builtin printf, so it is in no process's argv, and
 * through cat, whose message on a full disk says so (a builtin's only says "I/O error"). The temporary file is 0600 (mktemp) before it has content, and lies beside the target, on its file system.
 * A target that is a link keeps being one: the file that it points to is replaced. FreeBSD has fsync(1);
 * sync is for other systems on which `local: true` is tried out.
 */
export function writeScript(path: string, content: string, attributes: FileAttributes): string {
  const { owner, group } = idsOf(attributes);
  const mode = attributes.mode.toString(8).padStart(4, '0');
  return `
target=${quoteWord(path)}
content=${quoteWord(content)}
hops=0
while [ -L "$target" ]; do
  hops=$((hops + 1))
  [ "$hops" -le 32 ] || { echo "too many links: $target" >&2; exit 1; }
  link=$(readlink "$target") || exit 1
  case $link in
    /*) target=$link ;;
    *) target=\${target%/*}/$link ;;
  esac
done
[ ! -d "$target" ] || { echo "$target: is a directory" >&2; exit 1; }
temporary=$(mktemp "\${target%/*}/.hastconf.XXXXXXXXXX") || exit 1
trap 'rm -f "$temporary"' EXIT
trap 'exit 1' HUP INT TERM PIPE
printf %s "$content" | cat >"$temporary" || exit 1
if command -v fsync >/dev/null; then fsync "$temporary"; else sync; fi || exit 1
chown ${quoteWord(`${owner}:${group}`)} "$temporary" || exit 1
chmod ${mode} "$temporary" || exit 1
mv -f "$temporary" "$target" || exit 1
`;
}

/** Runs {@link writeScript}; on failure the temporary file is gone and the target is as it was. */
export async function writeByScript(
  node: string,
  run: RunScript,
  path: string,
  content: string,
  attributes: FileAttributes,
): Promise<void> {
  const result = await run(writeScript(path, content, attributes), `write ${path}`);
  if (result.code !== 0) throw fileError(node, `write ${path}`, `exit ${result.code}: ${result.stderr}`);
}

/** Paths are absolute, so that a temporary file beside them can be named. */
export function checkPath(path: string): void {
  if (!path.startsWith('/') || path.endsWith('/') || path.includes('\0')) {
    throw new TypeError(`not an absolute file path: ${JSON.stringify(path)}`);
  }
}

/** A shell variable cannot hold NUL, and no configuration file does. */
export function checkContent(node: string, path: string, content: string): void {
  if (content.includes('\0')) throw fileError(node, `write ${path}`, 'the content has a NUL byte');
}
