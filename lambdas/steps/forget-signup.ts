import { erasePeople } from '../shared/people.ts';
import { ownerOfSlug, releaseOfSlug } from '../shared/slug-rows.ts';
import { stepHandler } from '../shared/step.ts';
import { undone } from '../shared/undo.ts';

/*
 * Erases the tenant's people, and the key under which they were sealed, and frees its slugs in the transaction that ends the step: from then on another tenant can have them. A slug that is another's
 * by now is left alone. Repeating it finds nothing. Nothing undoes it.
 */
export const handler = stepHandler({
  name: 'ForgetSignup',
  during: 'ABANDONED',
  run: async ({ tenant: { tenantId, slug, formerSlugs = [] } }) => {
    await erasePeople(tenantId);
    const slugs = [slug, ...formerSlugs];
    const owners = await Promise.all(slugs.map(ownerOfSlug));
    const own = slugs.filter((_, place) => owners[place] === tenantId);
    return { ...undone(), alongside: () => own.map((each) => releaseOfSlug(each, tenantId)) };
  },
});
