import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from '@jest/globals';
import {
  CheckFailed,
  Conflict,
  classOfName,
  explain,
  InvalidInput,
  isThrottle,
  NotAllowed,
  ProviderError,
  rememberOperation,
  Superseded,
  Throttled,
  UnknownTenant,
} from '../../../../lambdas/shared/errors.ts';
import { awsError } from '../../../support/world.ts';

const cancelled = (...codes: string[]) =>
  new TransactionCanceledException({ message: '', $metadata: {}, CancellationReasons: codes.map((Code) => ({ Code })) });
const of = (operation: string, error: Error) => {
  rememberOperation(error, operation);
  return error;
};

test('the errors that the workflow does not repeat have the literal names that its Retry refers to', () => {
  expect([new InvalidInput(), new Conflict(), new NotAllowed(), new UnknownTenant(), new CheckFailed([])].map(({ name }) => name)).toEqual([
    'InvalidInput',
    'Conflict',
    'NotAllowed',
    'NotAllowed',
    'CheckFailed',
  ]);
});

describe('who has to act', () => {
  test.each([
    ['retry', awsError('ThrottlingException')],
    ['retry', awsError('TooManyRequestsException')],
    ['retry', awsError('ProvisionedThroughputExceededException')],
    ['retry', awsError('InternalServerError', 'server')],
    ['retry', awsError('ServiceUnavailable', 'server')],
    ['retry', awsError('RequestThrottled')],
    ['retry', awsError('TransactionInProgressException')],
    ['retry', awsError('ConcurrentModificationException')],
    ['retry', cancelled('None', 'TransactionConflict')],
    ['retry', cancelled('ThrottlingError', 'None')],
    ['retry', Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })],
    ['retry', Object.assign(new Error('slow'), { name: 'TimeoutError' })],
    ['retry', new Superseded()],
    ['quota', awsError('LimitExceededException')],
    ['quota', awsError('ServiceQuotaExceededException')],
    ['needs input', of('CognitoIdentityProvider.AdminCreateUser', awsError('InvalidParameterException'))],
    ['needs input', of('SESv2.SendEmail', awsError('MessageRejected'))],
    ['needs input', new Conflict()],
    ['bug', of('SFN.StartExecution', awsError('InvalidParameterException'))],
    ['bug', awsError('ValidationException')],
    ['bug', awsError('ResourceNotFoundException')],
    ['bug', awsError('AccessDeniedException')],
    ['bug', awsError('AccessDenied')],
    ['bug', cancelled('ValidationError', 'None')],
    ['bug', new TypeError('x is not a function')],
    ['bug', Object.assign(new TypeError('bad argument'), { code: 'ERR_INVALID_ARG_TYPE' })],
    ['bug', new Error('The environment variable X is not set')],
    ['bug', new NotAllowed()],
    ['bug', new InvalidInput()],
    ['bug', new CheckFailed([])],
    ['bug', 'not even an error'],
    ['bug', undefined],
  ])('%s: %s', (expected, error) => {
    const failure = explain(error);
    expect(failure.class).toBe(expected);
    expect(failure.reason).toMatch(/^[A-Z].*\.$/);
    expect(failure.nextAction).toMatch(/\.$/);
  });
});

describe('a throttle', () => {
  test.each([
    ['ThrottlingException', awsError('ThrottlingException'), true],
    ['of the rate of Cognito', awsError('TooManyRequestsException'), true],
    ['that the SDK knows by its trait', Object.assign(awsError('Busy'), { $retryable: { throttling: true } }), true],
    ['of the payment provider', new ProviderError('StripeRateLimitError', 'Stripe.cancelSubscription', 'retry'), true],
    ['is not a payment provider that fails', new ProviderError('StripeAPIError', 'Stripe.cancelSubscription', 'retry'), false],
    ['of a transaction', cancelled('None', 'ThrottlingError'), true],
    ['of one item of a transaction that lost a race on another', cancelled('TransactionConflict', 'ProvisionedThroughputExceeded'), true],
    ['is not a race', cancelled('TransactionConflict', 'None'), false],
    ['is not a transaction that is wrong as well', cancelled('ThrottlingError', 'ValidationError'), false],
    ['is not a service that fails', Object.assign(awsError('InternalServerError', 'server'), { $retryable: {} }), false],
    ['is not a quota', awsError('LimitExceededException'), false],
    ['is not a later attempt that has taken over', new Superseded(), false],
    ['is not a permanent error', new Conflict(), false],
    ['is an error', 'Throttling', false],
  ])('%s', (_, error, expected) => {
    expect(isThrottle(error)).toBe(expected);
  });

  test('is one to retry where an execution tells nothing else of it', () => {
    expect(classOfName(new Throttled().name)).toBe('retry');
  });
});

test('says of an AWS error its name and its operation, and nothing of its message', () => {
  const message = 'User: arn:aws:sts::111122223333:assumed-role/x is not authorized for ada@example.com';
  const failure = explain(of('CognitoIdentityProvider.AdminCreateUser', awsError('AccessDeniedException', 'client', message)));
  expect(failure).toEqual({
    class: 'bug',
    reason: 'This step lacks a permission that it needs.',
    nextAction: expect.any(String),
    error: 'AccessDeniedException',
    operation: 'CognitoIdentityProvider.AdminCreateUser',
  });
  expect(JSON.stringify(failure)).not.toMatch(/arn:|example\.com/);
});

test('a sign-in that Cognito refuses is no missing permission', () => {
  expect(explain(awsError('NotAuthorizedException')).reason).not.toMatch(/permission/);
});
