import { createHash, createHmac, getDiffieHellman, hkdfSync, randomBytes } from 'node:crypto';

/*
 * The server's side of the Secure Remote Password protocol as Cognito speaks it (RFC 5054's formulas; group 15 of RFC 3526; SHA-256;
 * the key is derived by HKDF with Cognito's own label), so that a client that proves anything but the right password is refused.
 */

const group = getDiffieHellman('modp15');
const N = BigInt(`0x${group.getPrime('hex')}`);
const g = 2n;

/** Hexadecimal of even length whose first bit is not the sign of Java's BigInteger. */
function padded(value: bigint): Buffer {
  const hex = value.toString(16);
  const even = hex.length % 2 === 0 ? hex : `0${hex}`;
  return Buffer.from(/^[89a-f]/.test(even) ? `00${even}` : even, 'hex');
}
const hash = (...parts: (Buffer | string)[]) => parts.reduce((sum, part) => sum.update(part), createHash('sha256')).digest();
const numberOf = (bytes: Buffer) => BigInt(`0x${bytes.toString('hex')}`);

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base % N;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % N;
    square = (square * square) % N;
  }
  return result;
}

const k = numberOf(hash(padded(N), padded(g)));

/** One sign-in: what the server keeps between its two messages. */
export interface SrpExchange {
  readonly salt: string;
  readonly publicKey: string;
  readonly secretBlock: string;
  /** Whether the signature proves the password. */
  verifies(timestamp: string, signature: string): boolean;
}

/** Begins an exchange for a user of the pool. `clientPublicKey` is hexadecimal. */
export function beginExchange(userPoolId: string, userId: string, password: string, clientPublicKey: string): SrpExchange {
  const poolName = userPoolId.split('_')[1] ?? '';
  const salt = numberOf(randomBytes(16));
  const x = numberOf(hash(padded(salt), hash(`${poolName}${userId}:${password}`)));
  const verifier = power(g, x);
  const b = numberOf(randomBytes(32));
  const B = (k * verifier + power(g, b)) % N;
  const A = BigInt(`0x${clientPublicKey}`);
  const u = numberOf(hash(padded(A), padded(B)));
  const secret = power(A * power(verifier, u), b);
  const key = Buffer.from(hkdfSync('sha256', padded(secret), padded(u), 'Caldera Derived Key', 16));
  const secretBlock = randomBytes(64);
  return {
    salt: salt.toString(16),
    publicKey: B.toString(16),
    secretBlock: secretBlock.toString('base64'),
    verifies: (timestamp, signature) =>
      createHmac('sha256', key).update(poolName).update(userId).update(secretBlock).update(timestamp).digest('base64') === signature,
  };
}
