const id = '6b0f2c8e-4f0f-4c54-9a38-0d6a6f6f4f11';
const runId = `onboard-${id}`;
const token = 'bench'.padEnd(43, '-');

const reason = 'To see how long it takes.';

/** The bodies of the routes that take one. */
const bodies: Readonly<Record<string, object>> = {
  'api/create-signup': {
    organisationName: 'Figures and Measures Ltd',
    slug: 'bench',
    administrator: { name: 'Ada Example', email: 'ada@example.com' },
    tier: 'starter',
    region: 'eu-central-1',
    termsVersion: '2026-11-01',
  },
  'api/confirm-signup': { token },
  'api/redrive-tenant': { reason },
  'api/abandon-tenant': { reason },
  'api/retry-tenant': { reason, input: { slug: 'bench' } },
  'api/pause-onboarding': { reason },
  'api/resume-onboarding': { reason },
};

/** A request that is as its route wants it. Handlers ignore what is not of their route, but for parameters, of which each takes its own alone. */
const request = (handler: string) => {
  const headers = {
    'Content-Type': 'application/json',
    'Idempotency-Key': id,
    'Stripe-Signature': 't=1,v1=bench',
  };
  return {
    pathParameters: handler === 'api/create-signup' ? null : { tenantId: id },
    multiValueQueryStringParameters: ['api/get-signup', 'api/show-confirmation'].includes(handler) ? { token: [token] } : null,
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    body: JSON.stringify(bodies[handler] ?? {}),
    requestContext: { authorizer: { claims: { sub: id, 'cognito:groups': 'operators' } } },
  };
};

/** What comes from a stream, a queue, Step Functions and CloudTrail, of which each reaction looks at its own alone; a schedule's event is not looked at. */
const records = () => ({
  detail: {
    executionArn: `arn:aws:states:eu-central-1:000000000000:execution:bench:${runId}`,
    status: 'FAILED',
    input: JSON.stringify({ tenantId: id }),
    ...{ eventID: id, eventTime: '2026-11-01T00:00:00Z', userIdentity: { principalId: 'bench' } },
    requestParameters: { executionArn: `arn:aws:states:eu-central-1:000000000000:execution:bench:${runId}` },
  },
  Records: [
    {
      messageId: id,
      body: JSON.stringify({ tenantId: id }),
      attributes: { ApproximateReceiveCount: '1' },
      dynamodb: { SequenceNumber: '1', NewImage: { tenantId: { S: id } } },
    },
  ],
});

const step = () => ({ tenantId: id, runId, generation: 1, redriveCount: 0, retryCount: 0 });
const vending = () => ({ record: { tenantId: id, runId, step: 'TestTenant' }, generation: 1, attempt: 1 });

/** @returns an event with which a handler, such as "steps/plan-tenant", comes to its first call */
export function firstEvent(handler: string): object {
  const [folder] = handler.split('/');
  if (folder === 'steps') return step();
  if (folder === 'isolation') return vending();
  return folder === 'api' ? request(handler) : records();
}
