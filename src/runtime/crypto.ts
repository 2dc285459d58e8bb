/**
 * AES/GCM in Kestra's form: base64 of a 12-byte IV, the ciphertext and a 128-bit tag. What one of
 * the two has encrypted, the other can open with the same key.
 *
 * The IV comes from the platform and not from the engine's `Random` port: two values under the same
 * key and IV would give both away, and a port may be seeded.
 */
import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  type KeyObject,
  randomBytes,
} from 'node:crypto';

const ivBytes = 12;
const tagBytes = 16;

const algorithms = new Map([
  [16, 'aes-128-gcm'],
  [24, 'aes-192-gcm'],
  [32, 'aes-256-gcm'],
] as const);

/** What `keyOf` takes, in words. */
export const keyForm = 'the base64 of 16, 24 or 32 bytes';

/** Undefined where the text is no key. A `KeyObject` does not show its bytes when it is printed. */
export function keyOf(base64: string): KeyObject | undefined {
  const text = base64.trim();
  // Node decodes what it can and passes over the rest: a mistyped key would become another one.
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  return algorithmOf(bytes.length) === undefined ? undefined : createSecretKey(bytes);
}

/** `purpose`: what it can be opened for alone; Kestra's values have none. */
export function encrypt(key: KeyObject, clear: string, purpose = ''): string {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv(algorithmFor(key), key, iv, { authTagLength: tagBytes });
  if (purpose !== '') cipher.setAAD(Buffer.from(purpose));
  const body = [cipher.update(clear, 'utf8'), cipher.final()];
  return Buffer.concat([iv, ...body, cipher.getAuthTag()]).toString('base64');
}

/** Undefined where it was encrypted with another key, or is not what `encrypt` made. */
export function decrypt(key: KeyObject, encrypted: string, purpose = ''): string | undefined {
  const bytes = Buffer.from(encrypted, 'base64');
  if (bytes.length < ivBytes + tagBytes) return undefined;
  const iv = bytes.subarray(0, ivBytes);
  const decipher = createDecipheriv(algorithmFor(key), key, iv, { authTagLength: tagBytes });
  if (purpose !== '') decipher.setAAD(Buffer.from(purpose));
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  try {
    const clear = [decipher.update(bytes.subarray(ivBytes, -tagBytes)), decipher.final()];
    return Buffer.concat(clear).toString('utf8');
  } catch {
    // The tag does not fit; Node's error says no more than that.
    return undefined;
  }
}

type Algorithm = 'aes-128-gcm' | 'aes-192-gcm' | 'aes-256-gcm';

function algorithmOf(keyBytes: number | undefined): Algorithm | undefined {
  return (algorithms as ReadonlyMap<number | undefined, Algorithm>).get(keyBytes);
}

function algorithmFor(key: KeyObject): Algorithm {
  const algorithm = algorithmOf(key.symmetricKeySize);
  if (algorithm === undefined) throw new Error('broken invariant: keys are made by keyOf');
  return algorithm;
}
