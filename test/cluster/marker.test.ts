import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { markerPlaces, removeMarkers, verifyMarkers, writeMarker } from '../../src/cluster/marker.js';
import type { Step } from '../../src/plan/types.js';
import { nodeFacts, pairSpec } from '../report/pair.js';

let place: string;
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'hastconf marker-'));
});
afterAll(() => rmSync(place, { recursive: true }));

/** FreeBSD's two programs that this machine may lack. */
const BASE = `fsync() { [ -f "$1" ]; }
sha256() { sha256sum "$2" | { read -r sum rest; echo "$sum"; }; }
`;
async function carryOut(step: Step) {
  const { action } = step;
  if (action.kind !== 'script') throw new Error('not a script');
  const script = `${BASE}(${action.script}) && (${step.verify ?? ':'})\n`;
  const { exitCode, stderr } = await execa('dash', ['-s'], { input: script, reject: false });
  return { exitCode, stderr };
}

describe('a marker', () => {
  const marker = { name: '.mark', content: "it's $HOME `x`\n" };

  it('is written as it is, read back, and removed', async () => {
    expect(await carryOut(writeMarker('a', marker, [place]))).toEqual({ exitCode: 0, stderr: '' });
    expect(await carryOut(verifyMarkers('b', [marker], [place]))).toEqual({ exitCode: 0, stderr: '' });
    expect(await carryOut(removeMarkers('b', [marker], [place]))).toEqual({ exitCode: 0, stderr: '' });
    expect(readdirSync(place)).toEqual([]);
  });

  it('that is lost or differs is told', async () => {
    const step = verifyMarkers('b', [marker], [place]);
    const lost = await carryOut(step);
    expect([lost.exitCode, lost.stderr]).toEqual([1, expect.stringContaining('is not there')]);
    writeFileSync(join(place, '.mark'), 'other');
    const other = await carryOut(step);
    expect([other.exitCode, other.stderr]).toEqual([1, expect.stringContaining('is not what was written')]);
  });

  it('goes where the storage is mounted', () => {
    expect(markerPlaces(pairSpec(), nodeFacts('hasta'))).toEqual(['/hast/disk0']);
    expect(markerPlaces(pairSpec(), nodeFacts('hastb'))).toEqual([]);
  });
});
