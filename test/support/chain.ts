import { expect } from '@jest/globals';
import type { AuditEvent } from '../../contracts/tenant.ts';
import { chainProblems } from './chain-problems.ts';

/** Holds that a chain is whole. */
export const expectWholeChain = (events: readonly AuditEvent[]): void => expect(chainProblems(events)).toEqual([]);
