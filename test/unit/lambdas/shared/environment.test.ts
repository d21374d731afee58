import { expect, test } from '@jest/globals';
import { environment } from '../../../../lambdas/shared/environment.ts';

test('a variable that the deployment did not set is an error that names it and who must set it', () => {
  process.env['TENANTS_TABLE'] = '';
  expect(() => environment('TENANTS_TABLE')).toThrow(/TENANTS_TABLE .*construct/);
  process.env['TENANTS_TABLE'] = 'Tenants';
  expect(environment('TENANTS_TABLE')).toBe('Tenants');
});
