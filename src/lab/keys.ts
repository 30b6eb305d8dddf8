import { randomBytes } from 'node:crypto';
import ssh2 from 'ssh2';

const { utils } = ssh2;

export interface KeyPair {
  /** OpenSSH private key file. */
  private: string;
  /** `ssh-ed25519 BASE64 COMMENT`. */
  public: string;
}

/** A new ed25519 key pair in OpenSSH's file formats. */
export function newKeyPair(comment: string): KeyPair {
  // ssh2 1.17 shortens a public key that begins with a zero byte, one in 256, and cannot read the file back.
  for (;;) {
    const pair = utils.generateKeyPairSync('ed25519', { comment });
    const text = `${pair.private.trimEnd()}\n`;
    if (!(utils.parseKey(text) instanceof Error)) return { private: text, public: pair.public.trim() };
  }
}

/** A CARP password: 16 characters of the alphabet that every place takes. */
export function newPassword(): string {
  return randomBytes(12).toString('base64url').replaceAll('-', '_');
}
