import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Pair, startPair } from './lab.js';

interface Report {
  failed: number;
  checks: {
    id: string;
    state: string;
    reason: string | null;
    findings: { node: string | null; saw: string }[];
  }[];
}

let pair: Pair;
beforeAll(async () => {
  pair = await startPair();
  const { code, stderr } = await pair.hastconf(['apply', '-y']);
  expect([code, stderr.slice(-2000)]).toEqual([0, expect.any(String)]);
});
afterAll(() => pair.stop());

async function doctor(
  ...args: string[]
): Promise<{ code: number; states: Record<string, string>; report: Report }> {
  const { code, stdout } = await pair.hastconf(['doctor', '--json', ...args]);
  const report = JSON.parse(stdout) as Report;
  return { code, report, states: Object.fromEntries(report.checks.map(({ id, state }) => [id, state])) };
}

describe('doctor in the lab', () => {
  it('finds nothing wrong with a pair that apply has just set up', async () => {
    const { code, report } = await doctor();
    const bad = report.checks.filter(({ state }) => !['passed', 'skipped'].includes(state));
    // Nothing keeps the lab's clocks, and its cluster file names no witness.
    expect(bad.map(({ id, state }) => `${id} ${state}`)).toEqual(['isolation warning', 'clock warning']);
    expect(code).toBe(0);
  });

  it('finds what was broken by hand, and repairs what is safe', async () => {
    await pair.on('hasta', 'sysctl net.inet.carp.preempt=0');
    await pair.on('hasta', 'echo "/dev/hast/disk0 /hast/disk0 ufs rw 2 2" >> /etc/fstab');
    await pair.on('hastb', 'service carp_hast stop');
    const named = ['services', 'carp-settings', 'fstab'];
    const broken = await doctor(...named);
    expect(broken.code).toBe(3);
    expect(broken.states).toEqual({ services: 'failed', fstab: 'failed', 'carp-settings': 'failed' });
    const refused = await pair.hastconf(['doctor', ...named, '--fix']);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('-y') });
    const fixed = await doctor(...named, '--fix', '-y');
    expect(fixed.states).toEqual({ services: 'passed', fstab: 'failed', 'carp-settings': 'passed' });
    expect(await pair.on('hasta', 'sysctl -n net.inet.carp.preempt')).toBe('1\n');
    await pair.on('hasta', 'grep -v hast /etc/fstab > /tmp/f || true; cp /tmp/f /etc/fstab');
    expect((await doctor('fstab')).code).toBe(0);
  });

  it('names the cause of two MASTERs without showing a password', async () => {
    await pair.on('hastb', 'ifconfig vtnet1 vhid 1 pass Other1 && sleep 6');
    const { code, stdout } = await pair.hastconf(['doctor', 'carp-identity', 'carp-hearing', '-v']);
    expect(code).toBe(3);
    expect(stdout).toContain('hasta and hastb use different CARP passwords');
    expect(stdout).toMatch(/hears the advertisements of hast[ab], and refuses them/);
    expect(stdout).not.toContain('Other1');
  });

  it('runs what it can and exits 4 when a node is away', async () => {
    await pair.lab.fault('power-cut', ['hastb']);
    const { code, states } = await doctor();
    expect(code).toBe(4);
    expect(states).toMatchObject({ nodes: 'failed', configuration: 'skipped', fstab: 'passed' });
    const status = await pair.hastconf(['status']);
    expect(status.code).toBe(4);
    expect(status.stdout).toMatch(/hastb +no-answer +/);
    expect(status.stdout).toMatch(/\nlab: \w+ - .*unreachable.*\n$/);
  });
});
