/** `digest: [algorithm, text]`: the digest of a text in hexadecimal digits. The text's characters are taken as Latin-1, as in Heat. */
import { hash } from 'node:crypto';
import { FunctionError, type Operator } from './function.ts';
import { gatheringFunction } from './spread-function.ts';

/** As Python's hashlib names them, and OpenSSL. */
const ALGORITHMS: ReadonlyMap<string, string> = new Map([
  ...['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'].map((name) => [name, name] as const),
  ['sha512_224', 'sha512-224'],
  ['sha512_256', 'sha512-256'],
  ['sha3_224', 'sha3-224'],
  ['sha3_256', 'sha3-256'],
  ['sha3_384', 'sha3-384'],
  ['sha3_512', 'sha3-512'],
  ['blake2b', 'blake2b512'],
  ['blake2s', 'blake2s256'],
  ['ripemd160', 'ripemd160'],
]);

export const digestText: Operator = {
  name: 'digest',
  apply([algorithm, text]) {
    const name = typeof algorithm === 'string' ? ALGORITHMS.get(algorithm.toLowerCase()) : undefined;
    if (name === undefined) throw new FunctionError(`the algorithm of "digest" is one of ${[...ALGORITHMS.keys()].join(', ')}`);
    if (typeof text !== 'string') throw new FunctionError('"digest" must be given a string');
    if (/[\u0100-\uffff]/.test(text)) throw new FunctionError('"digest" takes the characters of Latin-1 only');
    return hash(name, Buffer.from(text, 'latin1'), 'hex');
  },
};

export const digest = gatheringFunction('digest', digestText, 2, 2, '[algorithm, text]');
