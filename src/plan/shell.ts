import { quoteWord } from '../remote/words.js';

/** Exit code with which a step's own guard refuses; the executor turns it into exit 5. */
export const REFUSED = 5;

/**
 * Functions that step scripts share, for FreeBSD's sh. `hastctl` exits 0 when a role was accepted, not when it
 * works, and INFO messages are only in syslog, so every step reads back and says what hastd logged.
 */
export const PRELUDE = `
set -u
refuse() { printf '%s\\n' "$*" >&2; exit ${REFUSED}; }
fail() { printf '%s\\n' "$*" >&2; exit 1; }
# until_true SECONDS COMMAND...: looks five times a second
until_true() {
	_left=$(($1 * 5)); shift
	until "$@"; do
		_left=$((_left - 1)); [ "$_left" -gt 0 ] || return 1
		sleep 0.2
	done
}
# list_value RESOURCE KEY: one value of hastctl list, empty when there is none
list_value() {
	hastctl list "$1" 2>/dev/null | while read -r _key _value; do
		if [ "$_key" = "$2:" ]; then printf '%s\\n' "$_value"; break; fi
	done
}
has_role() { [ "$(list_value "$1" role)" = "$2" ]; }
is_primary() { [ -c "/dev/hast/$1" ] && has_role "$1" primary; }
is_complete() { has_role "$1" primary && [ "$(list_value "$1" status)" = complete ]; }
hastd_said() {
	for _log in /var/log/daemon.log /var/log/messages; do
		[ -r "$_log" ] && tail -n 200 "$_log" | grep "hastd.*\\[$1\\]" | tail -n 3 >&2
	done
	return 0
}
`;

/** A whole step script: the shared functions, then `body`. */
export function stepScript(body: string): string {
  return `${PRELUDE}\n${body.trim()}\n`;
}

/** Words quoted for the script's text, joined by blanks. */
export function words(...values: readonly string[]): string {
  return values.map(quoteWord).join(' ');
}
