import { catalog, tierOf } from './catalog.ts';
import { longestSlug } from './tenant-domain.ts';
import type { FieldError } from './validation.ts';

/** @returns what this deployment refuses of a slug whose form is right, as errors of the field that it was sent in */
export function slugErrors(slug: string, tier: string, field: string): FieldError[] {
  const named = tierOf(tier)?.steps.some(({ step }) => step === 'RegisterHostName');
  const longest = longestSlug();
  return [
    ...(catalog().reservedSlugs.includes(slug) ? [{ field, message: 'is reserved', remedy: 'Choose another slug.' }] : []),
    ...(named && slug.length > longest
      ? [
          {
            field,
            message: 'is too long for a tier whose tenants have names of their own',
            remedy: `Choose one of at most ${longest} characters.`,
          },
        ]
      : []),
  ];
}
