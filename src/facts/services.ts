import { quoteWord } from '../remote/words.js';
import { type Frames, frameOf, textOf } from './frames.js';
import { isYes } from './rc.js';
import { record } from './record.js';
import type { FactsRequest, ServiceFacts } from './types.js';

const JAIL = 'jail:';

/** What a jail is called among the services. */
export function jailKey(name: string): string {
  return `${JAIL}${name}`;
}

/** The name of a jail behind its key; undefined for an rc service. */
export function jailOf(key: string): string | undefined {
  return key.startsWith(JAIL) ? key.slice(JAIL.length) : undefined;
}

/**
 * `rcvar` prints the variable with its value, defaults included; `onestatus` answers also for a service that is
 * not enabled (`status` would not). Nothing is started: `start` of a disabled service exits 0 (measured).
 */
export function servicesBody(request: FactsRequest): string {
  const calls = request.services.map((name, index) => {
    const jail = jailOf(name);
    return jail === undefined
      ? `  service_facts ${index} ${quoteWord(name)}\n`
      : `  jail_facts ${index} ${quoteWord(jail)}\n`;
  });
  return `service_script() {
  for script in "/etc/rc.d/$1" "/usr/local/etc/rc.d/$1"; do
    if [ -f "$script" ]; then echo "$script"; return 0; fi
  done
  return 1
}
service_facts() {
  frame "service.$1.script" service_script "$2"
  [ "$code" = 0 ] || return 0
  frame "service.$1.rcvar" bounded 5 service "$2" rcvar
  frame "service.$1.status" bounded 5 service "$2" onestatus
}
jail_known() {
  for conf in /etc/jail.conf /etc/jail.conf.d/*.conf "/etc/jail.$1.conf"; do
    [ ! -f "$conf" ] || while read -r jail_line; do
      case $jail_line in
      "$1 {"* | "$1{"* | "\\"$1\\" {"* | "$1") echo "$conf" && return 0 ;;
      esac
    done <"$conf"
  done
  return 1
}
jail_facts() {
  frame "service.$1.script" jail_known "$2"
  [ "$code" = 0 ] || return 0
  frame "service.$1.status" bounded 5 jls -j "$2" jid
}
services() {
${calls.join('')}  :
}
`;
}

/** Services by name. `rc` is what rc.conf sets, for scripts whose rcvar says nothing. */
export function parseServices(
  frames: Frames,
  request: FactsRequest,
  rc: Readonly<Record<string, string>>,
): Record<string, ServiceFacts> {
  return record<ServiceFacts>(
    request.services.map((name, index) => {
      const id = `service.${index}`;
      if (textOf(frames, `${id}.script`) === undefined)
        return [name, { exists: false, enabled: false, running: false }];
      const enabled = parseRcvar(frameOf(frames, `${id}.rcvar`).stdout) ?? isYes(rc[`${name}_enable`]);
      return [name, { exists: true, enabled, running: frameOf(frames, `${id}.status`).code === 0 }];
    }),
  );
}

/** `hastd_enable="NO"` (quotes from 9.x on; `$hastd_enable=NO` before); undefined when no variable is named. */
export function parseRcvar(text: string): boolean | undefined {
  const match = /^\$?[A-Za-z_][A-Za-z0-9_]*=["']?([^"'\s]*)/m.exec(text);
  return match ? isYes(match[1]) : undefined;
}
