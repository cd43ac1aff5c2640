import { generateKeyPair } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { promisify } from 'node:util';

/** ECDSA takes 0.1 ms and is the default; RSA exists for clients and policies that accept nothing else. */
export type KeyAlgorithm = 'ecdsa-p256' | 'rsa-2048';

const RSA_MODULUS_BITS = 2048;

const generate = promisify(generateKeyPair);

/** A new key pair, made off the event loop's thread (RSA takes some hundred milliseconds). */
export async function generateKeys(
  algorithm: KeyAlgorithm,
): Promise<{ readonly privateKey: KeyObject; readonly publicKey: KeyObject }> {
  return algorithm === 'rsa-2048'
    ? await generate('rsa', { modulusLength: RSA_MODULUS_BITS })
    : await generate('ec', { namedCurve: 'P-256' });
}
