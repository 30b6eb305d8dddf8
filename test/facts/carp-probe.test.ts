import { describe, expect, it } from 'vitest';
import { carpProbeScript, listenForCarp, parseCarpProbe } from '../../src/facts/carp-probe.js';
import type { ExecResult, Target } from '../../src/remote/target.js';
import { lint } from './shell.js';

describe('CARP on the wire', () => {
  it('reads the CARP form', () => {
    const text =
      '10:00:00.000000 IP 192.168.50.7 > 224.0.0.18: CARPv2-advertise 36: vhid=1 advbase=1 advskew=0 authlen=7 counter=123\n';
    expect(parseCarpProbe(text.repeat(3))).toEqual({
      listened: true,
      vhids: [1],
      speakers: [{ vhid: 1, from: '192.168.50.7' }],
    });
  });

  it('reads the VRRP form, IPv6 and several speakers', () => {
    const text = `10:00:00.1 IP 192.168.50.7 > 224.0.0.18: VRRPv2, Advertisement, vrid 12, prio 0, authtype none, intvl 1s, length 36
10:00:00.2 IP 192.168.50.8 > 224.0.0.18: VRRPv2, Advertisement, vrid 12, prio 100, authtype none, intvl 1s, length 36
10:00:00.3 IP6 fe80::1 > ff02::12: VRRPv3, Advertisement, vrid 3, prio 100, intvl 100cs, length 12
`;
    const probe = parseCarpProbe(text);
    expect(probe.vhids).toEqual([3, 12]);
    expect(probe.speakers.map((speaker) => speaker.from)).toEqual([
      'fe80::1',
      '192.168.50.7',
      '192.168.50.8',
    ]);
  });

  it('hears nothing in other lines', () => {
    const text =
      'tcpdump: verbose output suppressed\nlistening on vtnet1, link-type EN10MB\n0 packets captured\n';
    expect(parseCarpProbe(text)).toEqual({ listened: true, vhids: [], speakers: [] });
  });
});

function targetThatAnswers(result: Partial<ExecResult>): Target {
  const answer: ExecResult = { code: 0, signal: null, stdout: '', stderr: '', ...result };
  return { node: 'hasta', script: () => Promise.resolve(answer) } as unknown as Target;
}

describe('listening', () => {
  it('takes the time limit for the normal end', async () => {
    const probe = await listenForCarp(targetThatAnswers({ code: 124 }), 'vtnet1');
    expect(probe).toEqual({ listened: true, vhids: [], speakers: [] });
  });

  it('says why it heard nothing', async () => {
    const probe = await listenForCarp(
      targetThatAnswers({ code: 127, stderr: 'tcpdump is not installed\n' }),
      'vtnet1',
    );
    expect(probe).toMatchObject({ listened: false, reason: 'tcpdump is not installed' });
  });

  it('has a script that is clean and quotes the interface', async () => {
    expect(await lint(carpProbeScript('vtnet1'))).toBe('');
    expect(carpProbeScript("x'; reboot '")).toContain(`-i 'x'\\''; reboot '\\''' proto 112`);
  });
});
