import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DiffSilo } from '../../contracts/routes.ts';
import type { SiloDifferences } from '../../contracts/silos.ts';
import { apiHandler, Refusal } from '../shared/api.ts';
import { environment } from '../shared/environment.ts';
import { isSiloOf, readSiloStack, templateOf, templateVersionOf } from '../shared/silo-stack.ts';
import { templateDifferences } from '../shared/template-differences.ts';

/* Compares the template that a tenant's stack has with the one that a silo is made of now. It asks the stack itself, looks at templates alone, and changes nothing. */

/** It is a file beside the code: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html has LAMBDA_TASK_ROOT. */
const currentTemplate = () => readFile(join(environment('LAMBDA_TASK_ROOT'), environment('SILO_TEMPLATE_FILE')), 'utf8');

export const handler = apiHandler(DiffSilo, async ({ path }) => {
  const tenantId = path['tenantId'] as string;
  const stack = await readSiloStack(tenantId);
  if (!stack || !isSiloOf(stack, tenantId))
    throw new Refusal('not-found', 'There is no silo of such a tenant: it shares everything, or its silo is not made yet.');
  const [own, current] = await Promise.all([templateOf(stack), currentTemplate()]);
  const body: SiloDifferences = {
    tenantId,
    templateVersion: templateVersionOf(stack),
    currentVersion: environment('SILO_TEMPLATE_VERSION'),
    differences: templateDifferences(own, current),
  };
  return { body };
});
