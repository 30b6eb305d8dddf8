import { type Frames, frameOf, textOf } from './frames.js';
import type { IdentityFacts, NodeFacts, OsFacts } from './types.js';

/** Release, version number, architecture; names; user id. freebsd-version exists from 10.0. */
export function osCommand(): string {
  return `release() { freebsd-version 2>/dev/null || uname -r; }
frame os.release release
osreldate=$(sysctl -n kern.osreldate 2>/dev/null </dev/null)
frame os.osreldate echo "$osreldate"
frame os.arch uname -m
frame identity.hostname hostname
frame identity.hostuuid sysctl -n kern.hostuuid
frame identity.hostid sysctl -n kern.hostid
frame uid id -u
`;
}

export function parseOs(frames: Frames): OsFacts {
  return {
    release: textOf(frames, 'os.release') ?? '',
    osreldate: wholeNumber(textOf(frames, 'os.osreldate')) ?? 0,
    arch: textOf(frames, 'os.arch') ?? '',
  };
}

export function parseIdentity(frames: Frames): IdentityFacts {
  return {
    hostname: textOf(frames, 'identity.hostname') ?? '',
    hostuuid: textOf(frames, 'identity.hostuuid') ?? '',
    hostid: textOf(frames, 'identity.hostid') ?? '',
  };
}

/** Effective user id; -1 when even that was not answered, which no check takes for root. */
export function parseUid(frames: Frames): number {
  return wholeNumber(textOf(frames, 'uid')) ?? -1;
}

/** The clock stands first in the script: the less runs before it, the better the skew is known. */
export function clockCommand(): string {
  return 'frame clock date -u +%s\n';
}

/** When the clock's answer was seen on this machine; the script goes on long after it. */
export interface Asked {
  askedAtMs: number;
  answeredAtMs: number;
}

/** Seconds since the epoch; 0 when date did not answer, which reads as a clock that must be set. */
export function parseClock(frames: Frames, asked: Asked): NodeFacts['clock'] {
  return { epoch: wholeNumber(frameOf(frames, 'clock').stdout) ?? 0, ...asked };
}

function wholeNumber(text: string | undefined): number | undefined {
  const trimmed = text?.trim() ?? '';
  return /^\d+$/.test(trimmed) ? Number(trimmed) : undefined;
}
