import { DecryptCommand, GenerateDataKeyCommand, InvalidCiphertextException } from '@aws-sdk/client-kms';
import type { VendedCredentials } from '../../contracts/vending.ts';
import { kmsWith } from './clients.ts';
import type { Attempt, Place } from './isolation-proof.ts';

/** What the tenant encrypts itself: its id is the encryption context, which IAM compares and KMS authenticates. */
export function keyChecks(credentials: VendedCredentials, own: Place, others: readonly [whose: string, place: Place][]): Attempt[] {
  const keys = kmsWith(credentials);
  const dataKey = ({ stores, tenantId }: Place) =>
    keys.send(new GenerateDataKeyCommand({ KeyId: stores.keyId, KeySpec: 'AES_256', EncryptionContext: { tenantId } }));
  let wrapped: Uint8Array | undefined;
  /** The tenant's own wrapped key, unwrapped as if it were somebody's: IAM refuses it before KMS looks at the ciphertext. */
  const unwrapAs = async ({ stores, tenantId }: Place) => {
    if (!wrapped) return 'not tried, without a wrapped key';
    try {
      return await keys.send(new DecryptCommand({ KeyId: stores.keyId, CiphertextBlob: wrapped, EncryptionContext: { tenantId } }));
    } catch (error) {
      // KMS looked at it, so IAM had let it through: only the key that was at hand was the wrong one.
      if (error instanceof InvalidCiphertextException) return 'allowed';
      throw error;
    }
  };
  return [
    {
      check: 'make an own data key',
      expected: 'allowed',
      call: async () => {
        wrapped = (await dataKey(own)).CiphertextBlob;
      },
    },
    { check: 'unwrap an own data key', expected: 'allowed', call: () => unwrapAs(own) },
    ...others.flatMap(([whose, place]): Attempt[] => [
      { check: `make ${whose} data key`, expected: 'denied', call: () => dataKey(place) },
      { check: `unwrap ${whose} data key`, expected: 'denied', call: () => unwrapAs(place) },
    ]),
    {
      check: "make a data key that is nobody's",
      expected: 'denied',
      call: () => keys.send(new GenerateDataKeyCommand({ KeyId: own.stores.keyId, KeySpec: 'AES_256' })),
    },
  ];
}
