import { readPerson } from '../shared/people.ts';
import { stepHandler } from '../shared/step.ts';
import { deleteUser, usernameOf } from '../shared/tenant-users.ts';
import type { Tenant } from '../shared/tenants.ts';
import { undone } from '../shared/undo.ts';

/*
 * Deletes the user that CreateAdminUser made, also one whose making was not recorded: its name is derived; and those of addresses that were corrected since. A user of another tenant under that
 * name is left alone. Repeating it finds no user. Nothing undoes it.
 */
async function usernames({ tenantId, administratorId, administratorUsername, formerUsernames = [] }: Tenant): Promise<string[]> {
  if (administratorUsername) return [administratorUsername, ...formerUsernames];
  const person = await readPerson(tenantId, administratorId);
  return [...(person ? [await usernameOf(tenantId, person.email)] : []), ...formerUsernames];
}

export const handler = stepHandler({
  name: 'DeleteAdminUser',
  during: 'ABANDONED',
  run: async ({ tenant }) => {
    const stays: string[] = [];
    for (const username of await usernames(tenant)) {
      const why = await deleteUser(tenant, username);
      if (why) stays.push(why);
    }
    return undone(...stays);
  },
});
