import { isDeepStrictEqual } from 'node:util';
import { chainProblems } from '../../support/chain-problems.ts';
import type { TenantWorld } from './world.ts';

/** How often each step was begun. */
function beginnings({ events }: TenantWorld): Map<string, number> {
  const counted = new Map<string, number>();
  for (const { type, step = '' } of events) if (type === 'StepStarted') counted.set(step, (counted.get(step) ?? 0) + 1);
  return counted;
}

/** Why attempts at a step failed, for whoever has to find out what else happened. */
function failuresOf({ events }: TenantWorld, ofStep: string): string {
  const failed = events.filter(({ type, step }) => type === 'StepFailed' && step === ofStep);
  return failed.length === 0
    ? 'No failure of it was recorded.'
    : `Its failures: ${failed.map(({ data }) => JSON.stringify(data)).join(' ')}`;
}

/** Where two values differ: `Tenants.items.0.status: "ACTIVE" instead of "PROVISIONING"`. */
function differences(clean: unknown, found: unknown, place: string): string[] {
  if (isDeepStrictEqual(clean, found)) return [];
  const both = [clean, found].every((each) => typeof each === 'object' && each !== null) && Array.isArray(clean) === Array.isArray(found);
  if (!both) return [`${place}: ${JSON.stringify(found)} instead of ${JSON.stringify(clean)}`];
  const [one, other] = [clean, found] as [Record<string, unknown>, Record<string, unknown>];
  const members = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return members.flatMap((name) => differences(one[name], other[name], `${place}.${name}`));
}

/** @returns in what the world of a tenant that was disturbed in these states is not that of the clean run, in words */
export function worldProblems(clean: TenantWorld, found: TenantWorld, disturbed: readonly string[]): string[] {
  const usual = beginnings(clean);
  const repeated = [...beginnings(found)].filter(([step, times]) => times > (usual.get(step) ?? 0) && !disturbed.includes(step));
  return [
    ...chainProblems(found.events),
    ...repeated.map(([step, times]) => `${step} was begun ${times} times, and nothing befell it. ${failuresOf(found, step)}`),
    ...differences(clean.comparable, found.comparable, 'world'),
  ];
}
