import canonicalize from 'canonicalize';
import { readPerson } from '../../../lambdas/shared/people.ts';
import { signupSecrets, tokenMatches } from '../../../lambdas/shared/signup-secrets.ts';
import { unfinishedPartition } from '../../../lambdas/shared/tenants.ts';
import type { Life } from '../cases/run-case.ts';
import type { Item } from './tables.ts';

/* What is sealed, keyed or hashed is another text for each tenant. It is told here as what it stands for; where it does not stand for that it stays as it is, and is found to differ. */

/** It may unwrap the tenants' keys, and derive the secrets of signups. */
const mayRead = 'SendConfirmation';

interface Records {
  readonly items: readonly Item[];
  readonly signup?: Item;
}

/** The rows of the tenants' table, hashes told as what they are of. */
export async function recordsInTheClear({ items, signup, ...others }: Records, { scene, subject }: Life): Promise<Records> {
  const { tenantId, signupKeyHash, signup: signedUp } = subject;
  const secrets = await scene.as(mayRead, () => signupSecrets(signupKeyHash));
  const hashes: Readonly<Record<string, (value: string) => boolean>> = {
    readerTokenHash: (hash) => tokenMatches(secrets.readerToken(tenantId), hash),
    confirmationTokenHash: (hash) => tokenMatches(secrets.confirmationToken(tenantId), hash),
    fingerprint: (keyed) => keyed === secrets.fingerprint(canonicalize(signedUp.request) as string),
    unfinishedPartition: (shard) => shard === unfinishedPartition(tenantId),
  };
  const clear = (item: Item) =>
    Object.fromEntries(Object.entries(item).map(([name, value]) => [name, hashes[name]?.(String(value)) ? '<the right one>' : value]));
  return { ...others, items: items.map(clear), ...(signup ? { signup: clear(signup) } : {}) };
}

/** The people of a tenant, unsealed with its key. */
export const peopleInTheClear = (items: readonly Item[], { scene, subject: { tenantId } }: Life): Promise<Item[]> =>
  Promise.all(
    items.map(async ({ sealed, ...item }) => {
      const person = scene.as(mayRead, () => readPerson(tenantId, String(item['personId'])));
      return { ...item, person: await person.catch((error: Error) => `It does not open: ${error.message}`) };
    }),
  );
