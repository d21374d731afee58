import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { DecryptCommand, GenerateDataKeyCommand } from '@aws-sdk/client-kms';
import { DeleteCommand, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { dynamodb, kms } from './clients.ts';
import { environment } from './environment.ts';

/** The only place where names and addresses are kept. Everything else knows people by `personId`. */
const Person = z.strictObject({ name: z.string(), email: z.string(), organisationName: z.string() });
export type Person = z.infer<typeof Person>;

/**
 * AES-256-GCM (NIST SP 800-38D) by Node's OpenSSL under a data key of the tenant's, which KMS wraps with the tenant's id as encryption context; the
 * tenant and the person are authenticated, so that no record can be moved to another. Why not the AWS Encryption SDK: docs/decisions/people-store.md.
 */
const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;
const authenticated = (tenantId: string, personId: string) => Buffer.from(`${tenantId}\n${personId}`);

function seal(key: Uint8Array, tenantId: string, personId: string, person: Person): Uint8Array {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key, nonce).setAAD(authenticated(tenantId, personId));
  const sealed = Buffer.concat([cipher.update(JSON.stringify(person), 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
}

function open(key: Uint8Array, tenantId: string, personId: string, sealed: Uint8Array): Person {
  const nonce = sealed.subarray(0, nonceBytes);
  // Without the length, a record that was cut short would be checked against a shorter, weaker tag.
  const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes }).setAAD(authenticated(tenantId, personId));
  decipher.setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes));
  const text = Buffer.concat([decipher.update(sealed.subarray(nonceBytes + tagBytes)), decipher.final()]).toString('utf8');
  return Person.parse(JSON.parse(text));
}

/**
 * Makes the data key of a new tenant and seals its first person under it.
 * @returns the writes that belong into the transaction that makes the tenant
 */
export async function newTenantPeople(tenantId: string, personId: string, person: Person) {
  const { Plaintext, CiphertextBlob } = await kms().send(
    new GenerateDataKeyCommand({ KeyId: environment('PEOPLE_KEY_ID'), KeySpec: 'AES_256', EncryptionContext: { tenantId } }),
  );
  if (!Plaintext || !CiphertextBlob) throw new Error('KMS answered GenerateDataKey without a key.');
  const sealed = seal(Plaintext, tenantId, personId, person);
  Plaintext.fill(0);
  const absent = 'attribute_not_exists(tenantId)';
  return [
    { Put: { TableName: environment('PEOPLE_KEYS_TABLE'), Item: { tenantId, wrappedKey: CiphertextBlob }, ConditionExpression: absent } },
    { Put: { TableName: environment('PEOPLE_TABLE'), Item: { tenantId, personId, sealed }, ConditionExpression: absent } },
  ];
}

async function wrappedKey(tenantId: string): Promise<Uint8Array | undefined> {
  const { Item } = await dynamodb().send(
    new GetCommand({ TableName: environment('PEOPLE_KEYS_TABLE'), Key: { tenantId }, ConsistentRead: true }),
  );
  return Item?.['wrappedKey'] as Uint8Array | undefined;
}

/** Unwraps a tenant's key for as long as it is used. */
async function withKey<Answer>(tenantId: string, CiphertextBlob: Uint8Array, use: (key: Uint8Array) => Answer): Promise<Answer> {
  const { Plaintext } = await kms().send(
    new DecryptCommand({ KeyId: environment('PEOPLE_KEY_ID'), CiphertextBlob, EncryptionContext: { tenantId } }),
  );
  if (!Plaintext) throw new Error('KMS answered Decrypt without a key.');
  try {
    return use(Plaintext);
  } finally {
    Plaintext.fill(0);
  }
}

/** Reads a person. @returns undefined when the record or the tenant's key is gone: the person was erased */
export async function readPerson(tenantId: string, personId: string): Promise<Person | undefined> {
  const [record, key] = await Promise.all([
    dynamodb().send(new GetCommand({ TableName: environment('PEOPLE_TABLE'), Key: { tenantId, personId }, ConsistentRead: true })),
    wrappedKey(tenantId),
  ]);
  const sealed = record.Item?.['sealed'] as Uint8Array | undefined;
  if (!sealed || !key) return undefined;
  return withKey(tenantId, key, (plain) => open(plain, tenantId, personId, sealed));
}

/** An address as it is kept and compared. */
export const normalisedEmail = (email: string) => email.toLowerCase();

/** @returns the write that puts a person in the place of what is known of them; it belongs into the transaction that says why */
export async function changedPerson(tenantId: string, personId: string, person: Person) {
  const wrapped = await wrappedKey(tenantId);
  if (!wrapped) throw new Error("The tenant's people have been erased.");
  const sealed = await withKey(tenantId, wrapped, (key) => seal(key, tenantId, personId, person));
  return {
    Put: {
      TableName: environment('PEOPLE_TABLE'),
      Item: { tenantId, personId, sealed },
      // Not for somebody who has been erased.
      ConditionExpression: 'personId = :personId',
      ExpressionAttributeValues: { ':personId': personId },
    },
  };
}

/** @returns the writes that erase the only person of a signup that nobody has confirmed, with the key; they belong into the transaction that ends it */
export const erasureOf = ({ tenantId, administratorId: personId }: { readonly tenantId: string; readonly administratorId: string }) => [
  { Delete: { TableName: environment('PEOPLE_KEYS_TABLE'), Key: { tenantId } } },
  { Delete: { TableName: environment('PEOPLE_TABLE'), Key: { tenantId, personId } } },
];

/** Erases all people of a tenant: first the key, after which nothing of them can be read anywhere, then what was sealed under it. May be repeated. */
export async function erasePeople(tenantId: string): Promise<void> {
  const TableName = environment('PEOPLE_TABLE');
  await dynamodb().send(new DeleteCommand({ TableName: environment('PEOPLE_KEYS_TABLE'), Key: { tenantId } }));
  for (;;) {
    const { Items = [] } = await dynamodb().send(
      new QueryCommand({
        TableName,
        ConsistentRead: true,
        KeyConditionExpression: 'tenantId = :tenantId',
        ExpressionAttributeValues: { ':tenantId': tenantId },
        ProjectionExpression: 'personId',
        Limit: 100,
      }),
    );
    if (Items.length === 0) return;
    for (const { personId } of Items) await dynamodb().send(new DeleteCommand({ TableName, Key: { tenantId, personId } }));
  }
}
