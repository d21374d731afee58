import type { Catalog, Tier } from '../../catalog/catalog.ts';
import { catalogFiles } from '../../catalog/files.ts';
import { abandonSteps, onboardSteps, type StepName } from '../../contracts/steps.ts';

/** The catalog that was validated at synth and bundled with the handler. */
export const catalog = (): Catalog => catalogFiles as Catalog;

/** @returns the tier of this name as the catalog has it now, or undefined */
export const tierOf = (name: string): Tier | undefined => catalog().tiers.find(({ tier }) => tier === name);

/** @returns the steps of a tier, in the workflow's order; all of them for a tier that has left the catalog */
export const stepsOf = (tier: string): readonly StepName[] => tierOf(tier)?.steps.map(({ step }) => step) ?? onboardSteps;

/** How long it should take to undo something, in seconds, whatever the tier. A silo that is still being made is waited for, and CloudFormation takes minutes to delete one. */
const undoSeconds: Record<(typeof abandonSteps)[number], number> = {
  StopOnboarding: 30,
  EndBilling: 10,
  DeleteAdminUser: 5,
  EraseNamespace: 10,
  ReleaseHostName: 10,
  EmptySilo: 300,
  DeleteSilo: 300,
  ForgetSignup: 5,
  EmitTenantAbandoned: 5,
};
const isUndo = (step: string): step is keyof typeof undoSeconds => (abandonSteps as readonly string[]).includes(step);

/** How long a step should take, in seconds; a tier that has left the catalog leaves no expectation, so the longest of all is taken. */
export function expectedDurationSeconds(tier: string, step: string): number {
  if (isUndo(step)) return undoSeconds[step];
  const steps = tierOf(tier)?.steps ?? catalog().tiers.flatMap((each) => each.steps);
  return Math.max(1, ...steps.filter((each) => each.step === step).map((each) => each.expectedDurationSeconds));
}
