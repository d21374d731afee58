import cells from './cells.json' with { type: 'json' };
import onboarding from './onboarding.json' with { type: 'json' };
import reservedSlugs from './reserved-slugs.json' with { type: 'json' };
import terms from './terms.json' with { type: 'json' };
import tiers from './tiers.json' with { type: 'json' };

/** What the catalog's files say, apart from the schemas that they are validated by, which no handler has to load. */
export const catalogFiles = { tiers, cells, onboarding, terms, reservedSlugs };
