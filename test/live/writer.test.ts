import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writerScript } from './writer.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hastconf-writer-'));
  // fsync(1) is FreeBSD's; here only its exit code counts.
  writeFileSync(join(dir, 'fsync'), '#!/bin/sh\n[ ! -e "${0%/*}/broken" ]\n');
  chmodSync(join(dir, 'fsync'), 0o755);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Runs the writer until it has printed so many lines, with something done at each. */
async function lines(count: number, each: (number: number) => void = () => undefined): Promise<string[]> {
  const child = spawn('sh', ['-s'], { env: { ...process.env, PATH: `${dir}:${process.env.PATH}` } });
  child.stdin.end(writerScript('hasta', 3, join(dir, 'live')));
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line);
    each(said.length);
    if (said.length >= count) break;
  }
  child.kill('SIGKILL');
  return said;
}

it('acknowledges what is written, and nothing where the storage is not', async () => {
  const said = await lines(4, (number) => {
    if (number === 2) mkdirSync(join(dir, 'live'));
  });
  expect(said.slice(0, 2)).toEqual(['-', '-']);
  const written = readFileSync(join(dir, 'live/hasta.log'), 'utf8').trimEnd().split('\n');
  for (const line of said.filter((one) => one !== '-')) expect(written).toContain(`hasta 3 ${line.slice(2)}`);
  expect(said.some((one) => one !== '-')).toBe(true);
});

it('does not acknowledge what could not be synchronised', async () => {
  mkdirSync(join(dir, 'live'));
  writeFileSync(join(dir, 'broken'), '');
  expect(await lines(2)).toEqual(['-', '-']);
});

it('is a script that FreeBSD accepts as well', () => {
  expect(() =>
    execFileSync('dash', ['-n', '-c', writerScript('hasta', 1, '/hast/disk0/live')]),
  ).not.toThrow();
});
