import { problemType } from '../../contracts/problem.ts';
import { expectedStatus, type SignupLine } from './signup-file.ts';

/** How a signup ended: the answer to its request, and if it was accepted the tenant and where that came to. */
export type SignupEnd = {
  http: number;
  problem?: string;
  tenantId?: string;
  status?: string;
  /** Of an earlier line that sent the same Idempotency-Key and was accepted. */
  earlierTenantId?: string | undefined;
};

/** What is otherwise than a line expects, in words; nothing if all is as expected. */
export function differences(expected: SignupLine['expect'], end: SignupEnd): string[] {
  const found: string[] = [];
  const status = expectedStatus({ expect: expected });
  if (end.http !== expected.http) found.push(`answered ${end.http} instead of ${expected.http}`);
  if (expected.problem && end.problem !== problemType(expected.problem)) {
    found.push(`told ${end.problem ?? 'no problem'} instead of ${problemType(expected.problem)}`);
  }
  if (status && end.status !== status) found.push(`ended ${end.status ?? 'without a tenant'} instead of ${status}`);
  if (expected.http === 202 && end.earlierTenantId && end.tenantId !== end.earlierTenantId) {
    found.push(`made tenant ${end.tenantId} although the same request had made ${end.earlierTenantId}`);
  }
  return found;
}
