import * as z from 'zod/mini';
import type { BillingCheck, BillingCheckRequest } from '../../contracts/billing-check.ts';
import { Finding } from '../../contracts/findings.ts';
import { CheckBilling } from '../../contracts/routes.ts';
import type { Actor } from '../../contracts/tenant.ts';
import { apiHandler, invalidRequest } from '../shared/api.ts';
import { act, closeIfOver, lookAtCustomer, lookAtTenant, openBillingFindings } from '../shared/billing-check.ts';
import { billingOf } from '../shared/billing-state.ts';
import { UnknownTenant } from '../shared/errors.ts';
import { type ProviderCustomer, paymentProvider } from '../shared/payments.ts';
import { settleBilling } from '../shared/settlement.ts';
import { readTenant } from '../shared/tenants.ts';

/* Compares one tenant with the payment provider at once, as ReconcileBilling does it with all in turn: settles and mends what is safe, opens findings for the rest, and closes those that no longer hold. */

/** The customers that are known to be the tenant's: its own, the one that is asked for, and those that findings are about. */
async function customersOf(tenantId: string, own: string | undefined, asked: string | undefined): Promise<ProviderCustomer[]> {
  const provider = await paymentProvider();
  const about = (await openBillingFindings(tenantId)).map((finding) => finding.about).filter((id) => id?.startsWith('cus_'));
  const customers: ProviderCustomer[] = [];
  for (const customerId of new Set([own, asked, ...about])) {
    const customer = customerId ? await provider.findCustomer(customerId) : undefined;
    if (customer?.tenantId === tenantId) customers.push(customer);
    else if (customerId && customerId === asked)
      throw invalidRequest([
        {
          field: '/customerId',
          message: 'is no customer that was made for this tenant',
          remedy: "Send the id of a customer whose metadata has the tenant's id as tenantId.",
        },
      ]);
  }
  return customers;
}

export const handler = apiHandler(CheckBilling, async ({ path, body, staffId }) => {
  const tenantId = path['tenantId'] as string;
  const actor: Actor = { kind: 'staff', id: staffId };
  const mender = { actor, settle: settleBilling };
  const before = await readTenant(tenantId);
  if (!before) throw new UnknownTenant('There is no such tenant.');
  const { customerId } = body as BillingCheckRequest;
  const mended: BillingCheck['mended'] = [];
  if (before.payment || customerId) {
    // The customers first: one that is taken up is the tenant's own when the tenant is compared.
    for (const customer of await customersOf(tenantId, before.payment?.customerId, customerId))
      mended.push(...(await act(await lookAtCustomer(customer), mender)).mended);
    mended.push(...(await act(await lookAtTenant(tenantId), mender)).mended);
    for (const finding of await openBillingFindings(tenantId)) await closeIfOver(finding, actor);
  }
  const billing = billingOf((await readTenant(tenantId)) ?? before);
  const findings = (await openBillingFindings(tenantId)).map((finding) => z.object(Finding.shape).parse(finding));
  const answer: BillingCheck = { tenantId, ...(billing ? { billing } : {}), mended, findings };
  return { body: answer };
});
