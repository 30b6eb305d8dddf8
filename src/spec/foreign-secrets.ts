/** A word, or whatever stands in quotes, also in those that are escaped inside others. */
const VALUE = String.raw`(?:\\"(?:[^"\\\n]|\\[^"\n])*\\"|"[^"\n]*"|'[^'\n]*'|[^\s"'\\;#]+)`;

/** Words of ifconfig, wpa_supplicant, ppp and their kind that a secret follows: `pass X`, `wepkey 1:X`, `psk="X"`. */
const WORDS =
  'pass|passwd|password|passphrase|psk|wepkey|nwkey|authkey|wep_key[0-3]|sae_password|key|secret|token';
const AFTER_WORD = new RegExp(String.raw`(\b(?:${WORDS})(?:[ \t]*[=:][ \t]*|[ \t]+))${VALUE}`, 'gi');

/** Variables that are called after a secret, with prefix or suffix: `mysql_root_password="X"`, `API_KEY=X`. */
const NAMED = [
  '[A-Za-z0-9_]{0,60}(?:passwd|password|passphrase|secret|wepkey|api_?key|auth_?key|private_?key)[A-Za-z0-9_]{0,60}',
  '(?:[A-Za-z0-9]{1,30}_){0,6}(?:pass|psk|token)(?:_[A-Za-z0-9]{1,30}){0,6}',
].join('|');
const ASSIGNED = new RegExp(String.raw`(\b(?:${NAMED})=)${VALUE}`, 'gi');

const REDACTED = '[secret]';

/** Text of a node's file as it may be shown: secrets that were there before, and that nobody here knows, are covered. */
export function withoutForeignSecrets(text: string): string {
  return text
    .split('\n')
    .map((line) => (SUSPECT.test(line) ? covered(line) : line))
    .join('\n');
}

/** Most lines are settled by this: a diff of the agent has two thousand of them. */
const SUSPECT = /pass|psk|key|secret|token/i;

function covered(line: string): string {
  return line.replace(ASSIGNED, `$1${REDACTED}`).replace(AFTER_WORD, `$1${REDACTED}`);
}
