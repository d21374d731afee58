import {
  CreateKeyCommand,
  DecryptCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateMacCommand,
  KMSClient,
  ScheduleKeyDeletionCommand,
  VerifyMacCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { assumeRole, type BareMiniStack, createRole, startBareMiniStack } from '../../support/bare-ministack.ts';

let stack: BareMiniStack;
let kms: KMSClient;
beforeAll(async () => {
  stack = await startBareMiniStack();
  kms = new KMSClient(stack.options());
});
afterAll(() => stack.stop());

const createKey = async () => (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
const EncryptionContext = { tenantId: 't-1' };

test('a data key is unwrapped under its own encryption context alone', async () => {
  const KeyId = await createKey();
  const { Plaintext, CiphertextBlob } = await kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', EncryptionContext }));
  expect((await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }))).Plaintext).toEqual(Plaintext);
  for (const context of [undefined, { tenantId: 't-2' }, { ...EncryptionContext, more: 'x' }]) {
    await expect(kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: context }))).rejects.toMatchObject({
      name: 'InvalidCiphertextException',
    });
  }
});

test('a changed ciphertext, another key and a deleted key decrypt nothing', async () => {
  const KeyId = await createKey();
  const { CiphertextBlob = new Uint8Array() } = await kms.send(
    new EncryptCommand({ KeyId, Plaintext: new TextEncoder().encode('a name'), EncryptionContext }),
  );
  const changed = Uint8Array.from(CiphertextBlob, (byte, index) => (index === 90 ? byte ^ 1 : byte));
  const decrypt = (more: { CiphertextBlob: Uint8Array; KeyId?: string }) => kms.send(new DecryptCommand({ EncryptionContext, ...more }));
  await expect(decrypt({ CiphertextBlob: changed })).rejects.toMatchObject({ name: 'InvalidCiphertextException' });
  await expect(decrypt({ CiphertextBlob, KeyId: await createKey() })).rejects.toMatchObject({ name: 'IncorrectKeyException' });
  expect(new TextDecoder().decode((await decrypt({ CiphertextBlob, KeyId })).Plaintext)).toBe('a name');
  await kms.send(new ScheduleKeyDeletionCommand({ KeyId }));
  await expect(decrypt({ CiphertextBlob })).rejects.toMatchObject({ name: 'KMSInvalidStateException' });
});

test('a policy on the encryption context is enforced', async () => {
  const KeyId = await createKey();
  const roleArn = await createRole(stack, [
    {
      Effect: 'Allow',
      Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
      Resource: KeyId,
      // The placeholder is IAM's, not JavaScript's.
      Condition: { StringEquals: { 'kms:EncryptionContext:tenantId': `\${aws:PrincipalTag/tenantId}` } },
    },
  ]);
  const tenant = new KMSClient(stack.options(await assumeRole(stack, roleArn, { Tags: [{ Key: 'tenantId', Value: 't-1' }] })));
  const generate = (context: Record<string, string> | undefined) =>
    tenant.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', EncryptionContext: context }));
  expect((await generate(EncryptionContext)).Plaintext).toBeDefined();
  await expect(generate({ tenantId: 't-2' })).rejects.toMatchObject({ name: 'AccessDeniedException' });
  await expect(generate(undefined)).rejects.toMatchObject({ name: 'AccessDeniedException' });
});

test('a MAC is the same for the same message and key, and no other', async () => {
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }));
  const mac = async (message: string) =>
    (
      await kms.send(
        new GenerateMacCommand({ KeyId: KeyMetadata?.Arn, MacAlgorithm: 'HMAC_SHA_256', Message: new TextEncoder().encode(message) }),
      )
    ).Mac;
  const Mac = await mac('someone@example.com');
  expect(await mac('someone@example.com')).toEqual(Mac);
  const verify = (message: string) =>
    kms.send(
      new VerifyMacCommand({ KeyId: KeyMetadata?.Arn, MacAlgorithm: 'HMAC_SHA_256', Mac, Message: new TextEncoder().encode(message) }),
    );
  expect((await verify('someone@example.com')).MacValid).toBe(true);
  await expect(verify('other@example.com')).rejects.toMatchObject({ name: 'KMSInvalidMacException' });
});
