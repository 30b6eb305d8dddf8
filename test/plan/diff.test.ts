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

  it('shows a new file against /dev/null', () => {
    expect(fileDiff('/etc/hast.conf', undefined, 'a\n', [])).toBe(
      ['--- /dev/null', '+++ /etc/hast.conf', '@@ -0,0 +1,1 @@', '+a'].join('\n'),
    );
  });
});
