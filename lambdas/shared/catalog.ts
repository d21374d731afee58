import { type Catalog, loadCatalog, type Tier } from '../../catalog/catalog.ts';
import { onboardSteps, type StepName } from '../../contracts/steps.ts';

let loaded: Catalog | undefined;

/** The catalog that was validated at synth and bundled with the handler. */
export function catalog(): Catalog {
  loaded ??= loadCatalog();
  return loaded;
}

/** @returns the tier of this name as the catalog has it now, or undefined */
export const tierOf = (name: string): Tier | undefined => catalog().tiers.find(({ tier }) => tier === name);

/** @returns the steps of a tier, in the workflow's order; all of them for a tier that has left the catalog */
export const stepsOf = (tier: string): readonly StepName[] => tierOf(tier)?.steps.map(({ step }) => step) ?? onboardSteps;

/** How long a step should take, in seconds; a tier that has left the catalog leaves no expectation, so the longest of all is taken. */
export function expectedDurationSeconds(tier: string, step: string): number {
  const steps = tierOf(tier)?.steps ?? catalog().tiers.flatMap((each) => each.steps);
  return Math.max(1, ...steps.filter((each) => each.step === step).map((each) => each.expectedDurationSeconds));
}
