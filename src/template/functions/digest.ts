/** `digest: [algorithm, text]`: the digest of a text in hexadecimal digits. */
import { hash } from 'node:crypto';
import { FunctionError, type Operator } from './function.ts';
import { spreadFunction } from './spread-function.ts';

const ALGORITHMS: readonly string[] = ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'];

export const digestText: Operator = {
  name: 'digest',
  apply([algorithm, text]) {
    if (typeof algorithm !== 'string' || !ALGORITHMS.includes(algorithm)) {
      throw new FunctionError(`the algorithm of "digest" is one of ${ALGORITHMS.join(', ')}`);
    }
    if (typeof text !== 'string') throw new FunctionError('"digest" must be given a string');
    return hash(algorithm, text, 'hex');
  },
};

export const digest = spreadFunction('digest', digestText, 2, 2, '[algorithm, text]');
