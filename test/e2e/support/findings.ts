import { expect } from '@jest/globals';
import { type Finding, FindingPage } from '../../../contracts/findings.ts';
import { api } from './api.ts';
import type { StaffMember } from './staff.ts';

/** @returns the findings that a member of staff sees by a query, such as `tenantId=…&state=closed`; open ones unless it says */
export async function findingsOf(operator: StaffMember, query: string): Promise<readonly Finding[]> {
  const { status, body } = await api('GET', `/findings?${query}`, { headers: await operator.authorization() });
  expect(status).toBe(200);
  return FindingPage.parse(body).findings;
}
