import { DescribeStackEventsCommand } from '@aws-sdk/client-cloudformation';
import { expect, test } from '@jest/globals';
import { cloudFormation } from './support/clients.ts';
import { executionsOf, stepRecords } from './support/records.ts';
import { confirm } from './support/signups.ts';
import { signUpForSilo, siloMayNot, siloStack } from './support/silos.ts';
import { until } from './support/until.ts';
test('debug', async () => {
  for (const broken of [false, true]) {
    const fault = siloMayNot('cognito-idp:CreateUserPool');
    const signup = await signUpForSilo();
    if (broken) await fault.break(signup.tenantId);
    await confirm(signup);
    await until('end', async () => { const s = (await executionsOf(signup.tenantId))[0]?.status; return s === 'FAILED' || s === 'SUCCEEDED'; }, 40).catch((e) => process.stderr.write(String(e)));
    const stack = await siloStack(signup.tenantId);
    process.stderr.write(JSON.stringify({ s: stack?.StackStatus, r: stack?.StackStatusReason }) + '\n');
    if (stack) for (const e of (await cloudFormation.send(new DescribeStackEventsCommand({ StackName: stack.StackId }))).StackEvents ?? []) process.stderr.write([e.LogicalResourceId, e.ResourceStatus, e.ResourceStatusReason].join(' ') + '\n');
    process.stderr.write(JSON.stringify((await stepRecords(signup.tenantId)).map((r) => [r.step, r.state, r.failure])) + '\n');
    process.stderr.write(JSON.stringify((await executionsOf(signup.tenantId))[0]) + '\n');
  }
  expect(1).toBe(1);
}, 100_000);
