import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from '@jest/globals';
import {
  CheckFailed,
  Conflict,
  explain,
  InvalidInput,
  NotAllowed,
  rememberOperation,
  Superseded,
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
