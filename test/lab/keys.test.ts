import ssh2 from 'ssh2';
import { expect, it } from 'vitest';
import { newKeyPair } from '../../src/lab/keys.js';

// One key in 256 is unreadable as ssh2 writes it.
it('every key can be read back', () => {
  for (let count = 0; count < 1500; count++) {
    const key = newKeyPair('x');
    expect(ssh2.utils.parseKey(key.private)).not.toBeInstanceOf(Error);
    expect(key.public).toMatch(/^ssh-ed25519 [A-Za-z0-9+/]{68} x$/);
  }
});
