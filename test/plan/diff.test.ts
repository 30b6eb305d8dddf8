import { describe, expect, it } from 'vitest';
import { fileDiff } from '../../src/plan/diff.js';
import { Secret } from '../../src/spec/secret.js';

describe('fileDiff', () => {
  it('shows neither the new password nor one that was there before and nobody here knows', () => {
    const line = (pass: string) => `ifconfig_vtnet1_alias0="inet vhid 1 pass ${pass} alias 192.0.2.1/32"\n`;
    const diff = fileDiff('/etc/rc.conf', line('oldPassword'), line('newPassword'), [
      new Secret('newPassword'),
    ]);
    expect(diff).not.toMatch(/oldPassword|newPassword/);
    expect(diff).toContain('-ifconfig_vtnet1_alias0="inet vhid 1 pass [secret] alias');
    expect(diff).toContain('+ifconfig_vtnet1_alias0="inet vhid 1 pass [secret] alias');
  });

  it.each([
    ['ifconfig_em0_alias0="inet vhid 1 pass \\"hunter two\\" alias 192.0.2.1/32"', 'hunter two'],
    ["ifconfig_em0_alias0='inet vhid 1 pass hunter2 alias 192.0.2.1/32'", 'hunter2'],
    ['ifconfig_wlan0="WPA ssid home wepkey 1:0xhunter2"', 'hunter2'],
    ['\tpsk="hunter two"', 'hunter two'],
    ['\twpa_passphrase=hunter2', 'hunter2'],
    ['  sae_password="hunter2"', 'hunter2'],
    ['mysql_root_password="hunter2"', 'hunter2'],
    ["export API_KEY='hunter2'", 'hunter2'],
    [' set authkey hunter2', 'hunter2'],
    ['  pass:  hunter2', 'hunter2'],
    ['key "hunter2";', 'hunter2'],
    ['PASSWORD=hunter2 # comment', 'hunter2'],
  ])('never shows what somebody else keeps secret: %s', (line, secret) => {
    const diff = fileDiff('/etc/rc.conf', `${line}\na\n`, `${line}\nb\n`, []);
    expect(diff).not.toContain(secret);
    expect(diff).toContain('[secret]');
    expect(fileDiff('/etc/rc.conf', `${line}\n`, 'b\n', [])).not.toContain(secret);
  });

  it('shows everything else, also what only sounds like it', () => {
    for (const line of [
      'hastd_enable="YES"',
      'passive_mode="YES"',
      'keymap="de.kbd"',
      '# bypass the switch',
      'sshd_flags="-o X=y"',
    ])
      expect(fileDiff('/etc/rc.conf', `${line}\n`, '', [])).toContain(`-${line}`);
  });

  it('covers them in no more time than the text takes to read', () => {
    const started = process.cpuUsage();
    fileDiff(
      '/etc/rc.conf',
      '',
      `${'pass '.repeat(5_000)}\n${'a'.repeat(20_000)}=\n${'pass "'.repeat(5_000)}\n`,
      [],
    );
    expect(process.cpuUsage(started).user / 1000).toBeLessThan(1_500);
  });

  it('shows a new file against /dev/null', () => {
    expect(fileDiff('/etc/hast.conf', undefined, 'a\n', [])).toBe(
      ['--- /dev/null', '+++ /etc/hast.conf', '@@ -0,0 +1,1 @@', '+a'].join('\n'),
    );
  });
});
