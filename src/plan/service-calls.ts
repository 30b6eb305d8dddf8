import { jailOf } from '../facts/services.js';
import { words } from './shell.js';

/** `service NAME onestart`, or the same of one jail; for sh and for people. */
export function serviceCall(name: string, verb: 'start' | 'stop' | 'reload'): string {
  const jail = jailOf(name);
  return jail === undefined ? `service ${words(name)} one${verb}` : `service jail one${verb} ${words(jail)}`;
}

/** A command of sh that succeeds where the service runs. `service jail status` lists all, and always succeeds. */
export function isRunning(name: string): string {
  const jail = jailOf(name);
  return jail === undefined
    ? `service ${words(name)} onestatus >/dev/null 2>&1`
    : `jls -j ${words(jail)} jid >/dev/null 2>&1`;
}

/** `Start service nfsd`, `Stop jail web`. */
export function serviceTitle(name: string): string {
  const jail = jailOf(name);
  return jail === undefined ? `service ${name}` : `jail ${jail}`;
}
