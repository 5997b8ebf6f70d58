import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { RunningHash, ed25519Signer, ed25519Verifier, sha256Hex } from './hash.ts';

const pem = (): string => generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();

describe('signatures', () => {
  test('a signature holds for its own key, domain and text only', () => {
    const signer = ed25519Signer(pem());
    const own = ed25519Verifier(signer.publicKeyBase64);
    const other = ed25519Verifier(ed25519Signer(pem()).publicKeyBase64);
    const signature = signer.sign('d', 'text');
    expect(own.keyId).toBe(signer.keyId);
    expect(own.verify('d', 'text', signature)).toBe(true);
    expect([
      own.verify('e', 'text', signature),
      own.verify('d', 'texts', signature),
      other.verify('d', 'text', signature),
    ]).toEqual([false, false, false]);
    expect([
      own.verify('d', 'text', ''),
      own.verify('d', 'text', 'AAAA'),
      own.verify('d', 'text', `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`),
    ]).toEqual([false, false, false]);
  });

  test('signing is deterministic, so a replay signs the same', () => {
    const signer = ed25519Signer(pem());
    expect(signer.sign('d', 'text')).toBe(signer.sign('d', 'text'));
  });

  test('other kinds of keys are refused', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 })
      .privateKey.export({ format: 'pem', type: 'pkcs8' })
      .toString();
    expect(() => ed25519Signer(rsa)).toThrow('not an Ed25519 private key');
    expect(() => ed25519Verifier('AAAA')).toThrow('32 bytes');
  });

  test('a running hash equals the hash of the whole, at every step', () => {
    const running = new RunningHash().update('ab');
    expect(running.hex()).toBe(sha256Hex('ab'));
    expect(running.update('c').hex()).toBe(sha256Hex('abc'));
  });
});
