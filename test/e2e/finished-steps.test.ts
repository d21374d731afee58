import { InvokeCommand } from '@aws-sdk/client-lambda';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { onboardSteps } from '../../contracts/steps.ts';
import { expectNoInternals } from './support/api.ts';
import { lambda } from './support/clients.ts';
import { functionOf } from './support/faults.ts';
import { auditEvents, readHead, stepRecords, tenantDataItems, tenantItems, usersWith } from './support/records.ts';
import { onboard, readStatus, type Signup } from './support/signups.ts';
import { world } from './support/world.ts';

/* A step that is called again when all is done: by a late retry, a second delivery, or a person in the console. */

let signup: Signup;
let other: Signup;
let runId: string;
beforeAll(async () => {
  [signup, other] = await Promise.all([onboard(), onboard()]);
  runId = (await readHead(signup.tenantId)).run?.runId ?? '';
});

const inputOf = (changes: Record<string, unknown> = {}) => ({
  tenantId: signup.tenantId,
  runId,
  generation: 1,
  redriveCount: 0,
  retryCount: 0,
  ...changes,
});

async function invoke(step: string, input: unknown) {
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({ FunctionName: await functionOf(step), Payload: JSON.stringify(input) }),
  );
  return { failed: FunctionError !== undefined, payload: JSON.parse(Payload?.transformToString() ?? 'null') };
}

const everything = async () => ({
  tenants: await tenantItems(signup.tenantId),
  events: await auditEvents(signup.tenantId),
  data: await tenantDataItems(signup.tenantId),
  users: await usersWith(signup.request.administrator.email),
  mails: await world.mailsTo(signup.request.administrator.email),
});

describe.each(onboardSteps)('%s', (step) => {
  test('answers what it answered, twice, and changes nothing; what the tier has not, it refuses', async () => {
    const before = await everything();
    const { result } = (await stepRecords(signup.tenantId)).find((record) => record.step === step) ?? {};
    const { step: ofTier } = (await readStatus(signup)).steps.find((shown) => shown.step === step) ?? {};
    if (!ofTier) {
      const { failed, payload } = await invoke(step, inputOf());
      expect({ failed, errorType: payload.errorType, result }).toEqual({ failed: true, errorType: 'NotAllowed', result: undefined });
      return;
    }
    for (const again of [inputOf(), inputOf({ redriveCount: 1, retryCount: 3 })])
      expect(await invoke(step, again)).toEqual({ failed: false, payload: result });
    expect(await everything()).toEqual(before);
  });

  test.each([
    ['no input', () => null, 'InvalidInput'],
    ['a tenant id that is none', () => inputOf({ tenantId: 'acme' }), 'InvalidInput'],
    ['a field that it does not know', () => inputOf({ email: 'ada@example.com' }), 'InvalidInput'],
    ['the run of another tenant', () => inputOf({ tenantId: other.tenantId }), 'NotAllowed'],
    ['a tenant that is not there', () => inputOf({ tenantId: '00000000-0000-4000-8000-000000000000' }), 'NotAllowed'],
  ])('refuses %s by a name that the workflow knows, and changes nothing', async (_what, input, errorType) => {
    const before = await everything();
    const { failed, payload } = await invoke(step, input());
    expect({ failed, errorType: payload.errorType }).toEqual({ failed: true, errorType });
    expectNoInternals(payload.errorMessage);
    expect(payload.errorMessage).not.toContain('ada@example.com');
    expect(await everything()).toEqual(before);
  });
});
