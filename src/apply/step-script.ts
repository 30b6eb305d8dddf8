import { sha256 } from '../plan/applied.js';
import { pendingPath } from '../plan/notice.js';
import { PRELUDE, words } from '../plan/shell.js';
import type { Step, WriteAction } from '../plan/types.js';
import { APPLIED, BACKUP_DIR, JOURNAL, LOCK_DIR, STATE_DIR, STEP_LOCK } from '../spec/paths.js';
import { exclusive, STILL_BUSY } from './exclusive.js';
import { holdsLock } from './lock.js';

const RC_CONF = '/etc/rc.conf';

/** Exit code of a step whose action succeeded and whose effect could not be read back. */
export const NOT_IN_EFFECT = 76;

/** Exit code of a step that was not begun: the run's lock is not its own any more. Its stdout is whose it is. */
export const LOST_LOCK = 78;

/** Seconds to wait for a step of an earlier run; less than the time limit of any step. */
const BUSY_SECONDS = 20;

/**
 * One round trip for a step: journal, action, verification, journal. Action and verification run in
 * subshells, so that an `exit` in them cannot skip the journal. `undo` runs when anything of it failed, also when
 * a full disk does not even take the journal's line. A script whose connection was lost runs on: no other one
 * begins before it has ended. None begins whose run has lost its lock.
 */
export function stepRun(step: Step, body: string, runId: string, undo = ':'): string {
  const verify = step.verify ?? 'exit 0';
  const noticed =
    step.notices === undefined ? '' : `[ "$code" -ne 0 ] || rmdir ${pendingPath(step.notices)} 2>/dev/null\n`;
  const script = `
journal() { printf '%s %s %s %s\\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" ${words(runId)} "$1" ${words(step.id)} >> ${JOURNAL}; }
${holdsLock(runId)} || { ${undo}; cat ${LOCK_DIR}/owner 2>/dev/null; exit ${LOST_LOCK}; }
{ mkdir -p ${STATE_DIR} && journal start; } || { ${undo}; exit 1; }
(
${body}
)
code=$?
if [ "$code" -eq 0 ]; then
(
${verify}
) || code=${NOT_IN_EFFECT}
fi
case $code in ${STILL_BUSY} | ${LOST_LOCK}) code=1 ;; esac
${noticed}if [ "$code" -eq 0 ]; then journal done; else ${undo}; journal "failed:$code"; fi
exit "$code"
`;
  return exclusive(STEP_LOCK, BUSY_SECONDS, script);
}

/** Where a new file waits until it has been validated. */
export function stagedPath(path: string): string {
  return `${path}.hastconf-new`;
}

/**
 * Puts a staged file live: only over the content that the plan was made against, only when it validates,
 * after a backup that keeps owner and mode, by rename. A link keeps pointing where it did.
 */
export function activateScript(action: WriteAction, runId: string): string {
  const staged = stagedPath(action.path);
  const backup = `${BACKUP_DIR}/${action.path.slice(1).replaceAll('/', '_')}.${runId}`;
  return `${PRELUDE}
path=${words(action.path)}
new=${words(staged)}
give_up() { rm -f "$new"; refuse "$*"; }
if [ -e "$path" ]; then
	[ "$(sha256 -q "$path")" = ${words(digest(action.replaces))} ] || give_up "$path changed since the plan was made"
elif [ ${action.replaces === undefined ? 0 : 1} -eq 1 ]; then
	give_up "$path has gone since the plan was made"
fi
validate() {
${action.validate ?? ':'}
}
validate "$new" || { rm -f "$new"; fail "the new $path is not valid on this node; the old one stays"; }
if [ -e "$path" ]; then
	mkdir -p ${BACKUP_DIR} && chmod 700 ${BACKUP_DIR} || exit 1
	[ -e ${words(backup)} ] || { ${backUp(action.path, backup)}; } || { rm -f "$new"; fail "no backup, so nothing was changed"; }
fi
${action.noticedBy === undefined ? '' : `mkdir -p ${pendingPath(action.noticedBy)} || exit 1\n`}${forget(action)}live=$path
[ ! -L "$path" ] || live=$(readlink -f "$path") || exit 1
mv -f "$new" "$live" || exit 1
[ "$(sha256 -q "$live")" = ${words(digest(action.content))} ] || exit 1
${remember(action, runId)}`;
}

/**
 * The first backup is what was there before hastconf, which `remove` puts back. Every later one has a CARP password of
 * hastconf's own in it, which must not outlive its change: the copy is there for its owner and mode, and is filled anew.
 */
function backUp(path: string, backup: string): string {
  const copy = `cp -p "$path" ${words(backup)}`;
  if (path !== RC_CONF) return copy;
  const earlier = `${BACKUP_DIR}/${path.slice(1).replaceAll('/', '_')}.*`;
  const scrub = `sed 's/\\([^[:alnum:]_]pass[[:blank:]]\\{1,\\}\\)[^[:blank:]"\\\\]\\{1,\\}/\\1removed/g' <"$path" >${words(backup)}`;
  return `set -- ${earlier}; if [ -e "$1" ]; then ${copy} && ${scrub}; else ${copy}; fi`;
}

/**
 * What is said of the old content goes before the new one is live, and what is said of the new one comes after: a run
 * that is cut off in between leaves nothing said, which no plan takes for drift.
 */
function forget({ applies = [], forgets = [] }: WriteAction): string {
  const keys = [...applies.map(({ key }) => key), ...forgets];
  if (keys.length === 0) return '';
  return `if [ -e ${APPLIED} ]; then
	while read -r _sum _run _key; do
		case $_key in ${keys.map((key) => words(key)).join(' | ')}) continue ;; esac
		printf '%s %s %s\\n' "$_sum" "$_run" "$_key"
	done <${APPLIED} >${APPLIED}.new && chmod 600 ${APPLIED}.new && mv -f ${APPLIED}.new ${APPLIED} || { rm -f "$new" ${APPLIED}.new; fail "cannot write ${APPLIED}"; }
fi
`;
}

/** For root alone: whoever can guess a password could try it against its sum. */
function remember({ applies = [] }: WriteAction, runId: string): string {
  if (applies.length === 0) return '';
  const lines = applies.map(({ key, sha256 }) => `${sha256} ${runId} ${key}\n`).join('');
  return `[ -e ${APPLIED} ] || { : >${APPLIED} && chmod 600 ${APPLIED}; } || exit 1
printf %s ${words(lines)} >>${APPLIED}
`;
}

function digest(content: string | undefined): string {
  return content === undefined ? 'none' : sha256(content);
}
