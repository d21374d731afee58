import { releaseHostName } from '../shared/host-names.ts';
import { stepHandler } from '../shared/step.ts';
import { undone } from '../shared/undo.ts';

/*
 * Deletes the tenant's name in DNS and its certificate, also those whose making was not recorded: the name is derived; and those of slugs that were corrected since. What is another's there is left
 * alone. Repeating it finds nothing. Nothing undoes it.
 */
export const handler = stepHandler({
  name: 'ReleaseHostName',
  during: 'ABANDONED',
  run: async ({ tenant }) => {
    const { tenantId, formerSlugs = [] } = tenant;
    const stays = await releaseHostName(tenant);
    for (const slug of formerSlugs) await releaseHostName({ slug, tenantId });
    const { result, change } = undone(...(stays ? [stays] : []));
    return { result, change: (view) => ({ ...change(view), hostName: undefined, certificateArn: undefined }) };
  },
});
