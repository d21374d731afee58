import type { Check, FailureClass } from '../../contracts/steps.ts';

/** An error that trying again does not mend. Its literal name is what the workflow's Retry refers to. */
export class PermanentError extends Error {}

/** What the step was given, or finds recorded, does not fit its schema. */
export class InvalidInput extends PermanentError {
  override readonly name = 'InvalidInput';
}
/** What the step would create exists and belongs to another tenant. */
export class Conflict extends PermanentError {
  override readonly name = 'Conflict';
}
/** The tenant's state, or a newer generation of the run, forbids the step. */
export class NotAllowed extends PermanentError {
  override readonly name = 'NotAllowed';
}
/** There is no tenant with this id. To the workflow it is a NotAllowed; the API answers it as "not found". */
export class UnknownTenant extends NotAllowed {}
/** A smoke test had another outcome than it must have. */
export class CheckFailed extends PermanentError {
  override readonly name = 'CheckFailed';
  /** Every check and its outcome: the evidence, which goes into the audit trail. */
  readonly checks: readonly Check[];
  constructor(checks: readonly Check[], message?: string) {
    const failed = checks.filter(({ expected, outcome }) => expected !== outcome);
    super(message ?? failed.map(({ check, expected, outcome }) => `${check}: expected ${expected}, was ${outcome}`).join('; '));
    this.checks = checks;
  }
}
/** What was to be built for the tenant could not be. The message says why, in plain words that the customer may read. To the workflow it is a CheckFailed. */
export class BuildFailed extends CheckFailed {
  readonly explained: { readonly class: FailureClass; readonly code: string; readonly operation?: string };
  constructor(message: string, explained: BuildFailed['explained']) {
    super([], message);
    this.explained = explained;
  }
}
/** Another attempt of the same step has taken over; the workflow tries again and finds its result. */
export class Superseded extends Error {
  override readonly name = 'Superseded';
}

/**
 * A service refused the step because it is asked too often. The workflow tries again for much longer than after anything else, because it passes by itself. The
 * message has the error's own name, as the step's record has.
 */
export class Throttled extends Error {
  override readonly name = 'Throttled';
}

/**
 * Another company's service failed or refused. Its adapter has told the kinds apart; its message stays behind, because it may quote what was sent.
 */
export class ProviderError extends Error {
  readonly failureClass: FailureClass;
  constructor(name: string, operation: string, failureClass: FailureClass) {
    super(`${operation} failed with ${name}.`);
    this.name = name;
    this.failureClass = failureClass;
    rememberOperation(this, operation);
  }
}

/** Why a step failed, for people: no stack trace, no ARN, no personal data. */
export interface Failure {
  readonly class: FailureClass;
  /** What happened, in plain words that the customer may read. */
  readonly reason: string;
  /** What to do now, for the customer. */
  readonly nextAction: string;
  /** The error's name, for staff. */
  readonly error: string;
  /** The AWS operation that was refused, for staff: `CognitoIdentityProvider.AdminCreateUser`. */
  readonly operation?: string;
}

const words: Record<FailureClass, Pick<Failure, 'reason' | 'nextAction'>> = {
  retry: {
    reason: 'A service that this step needs did not answer in time.',
    nextAction: 'Nothing: it is tried again by itself, and our operators are told if that does not help.',
  },
  'needs input': {
    reason: 'Something that was sent at signup cannot be used.',
    nextAction: 'Contact support with your tenant id; the entry can be corrected.',
  },
  quota: {
    reason: 'A limit of our platform has been reached.',
    nextAction: 'Nothing: our operators raise the limit and go on from this step.',
  },
  bug: {
    reason: 'This step met a fault on our side.',
    nextAction: 'Nothing: our operators mend it and go on from this step.',
  },
};

/** What is said to the customer of a failure of this class. */
export const failureOf = (failureClass: FailureClass) => ({ class: failureClass, ...words[failureClass] });

/**
 * A service is asked too often; the names are those by which the SDK knows it (https://github.com/smithy-lang/smithy-typescript, service-error-classification), but for what is a quota or a
 * race here, and Stripe's (https://docs.stripe.com/error-handling). The first is our own, for whom an execution tells it.
 */
const throttles =
  /^(Throttled|Throttling|ThrottlingException|ThrottledException|TooManyRequestsException|ProvisionedThroughputExceededException|RequestLimitExceeded|RequestThrottled|RequestThrottledException|SlowDown|PriorRequestNotComplete|StripeRateLimitError)$/;
/** Races on one item, and what a batch's answer names instead of throwing: the same call has another outcome a moment later. */
const passing =
  /^(TransactionInProgressException|TransactionConflictException|ConcurrentModificationException|InternalFailure|EventNotTaken)$/;
/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html: each reason why a transaction was cancelled. */
const throttlingReasons = /^(ThrottlingError|ProvisionedThroughputExceeded)$/;
const passingReasons = /^(None|TransactionConflict|ConditionalCheckFailed)$/;
const quotas =
  /^(LimitExceededException|LimitExceeded|ServiceQuotaExceededException|UserLimitExceededException|AccountLimitExceededException)$/;
const denials = /^(AccessDenied|AccessDeniedException|UnauthorizedException|AuthorizationError)$/;
/** What Cognito and SES say of an address that they do not take. The same names from another service are our own mistake. */
const inputs = /^(InvalidParameterException|CodeDeliveryFailureException|MessageRejected|BadRequestException)$/;
const takesAddresses = /^(CognitoIdentityProvider|SESv2)\./;

/** @returns the class of an error of which nothing but the name is known: what passes, a quota, or else a defect */
export const classOfName = (name: string): FailureClass =>
  throttles.test(name) || passing.test(name) ? 'retry' : quotas.test(name) ? 'quota' : 'bug';

/** What the SDK says of an error, as far as it is asked here. */
interface ServiceException {
  readonly $fault: 'client' | 'server';
  readonly $retryable: { readonly throttling?: boolean };
  readonly CancellationReasons: readonly { readonly Code?: string }[];
}

/** @returns whether a service refused because it is asked too often, and would have taken the same request at another time */
export function isThrottle(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { $retryable: retryable, CancellationReasons: reasons = [] } = error as Partial<ServiceException>;
  if (throttles.test(error.name) || retryable?.throttling) return true;
  const codes = reasons.map(({ Code = 'None' }) => Code);
  return (
    codes.some((code) => throttlingReasons.test(code)) && codes.every((code) => throttlingReasons.test(code) || passingReasons.test(code))
  );
}

function classify(error: Error): FailureClass {
  if (error instanceof ProviderError) return error.failureClass;
  if (error instanceof CheckFailed || error instanceof NotAllowed || error instanceof InvalidInput) return 'bug';
  if (error instanceof Conflict) return 'needs input';
  if (error instanceof Superseded || passing.test(error.name) || isThrottle(error)) return 'retry';
  const { $fault: fault, $retryable: retryable, CancellationReasons: reasons } = error as Partial<ServiceException>;
  if (reasons) return reasons.every(({ Code = 'None' }) => passingReasons.test(Code)) ? 'retry' : 'bug';
  if (quotas.test(error.name)) return 'quota';
  if (inputs.test(error.name) && takesAddresses.test(operations.get(error) ?? '')) return 'needs input';
  if (retryable || fault === 'server') return 'retry';
  // A connection that broke has a system error's code; what has neither code nor fault was thrown by code of ours.
  return fault === 'client' || !connectionBroke(error) ? 'bug' : 'retry';
}

/** The names of the SDK's own errors of the connection: https://github.com/smithy-lang/smithy-typescript, service-error-classification. */
const connectionErrors = /^(TimeoutError|AbortError|RequestTimeout|RequestTimeoutException|NetworkingError|CredentialsProviderError)$/;
/** ECONNRESET and the like; codes that begin with ERR_ are Node's own way to say that it was called wrongly. */
const systemErrors = /^E(?!RR_)[A-Z_]+$/;
const connectionBroke = (error: Error) =>
  connectionErrors.test(error.name) || systemErrors.test(String((error as { code?: unknown }).code ?? ''));

/** The AWS operation that an error came from: the SDK's errors do not say it, so clients.ts notes it here. */
const operations = new WeakMap<object, string>();

/** Remembers which AWS operation an error came from. */
export function rememberOperation(error: unknown, operation: string): void {
  if (typeof error === 'object' && error !== null) operations.set(error, operation);
}

/** Explains any error. What it says of AWS is the error's and the operation's name, never their message: messages carry ARNs and input. */
export function explain(error: unknown): Failure {
  const cause = error instanceof Error ? error : new Error('not an error');
  if (cause instanceof BuildFailed) {
    const { class: known, code, ...rest } = cause.explained;
    return { ...failureOf(known), reason: cause.message, error: code, ...rest };
  }
  const failureClass = classify(cause);
  const operation = operations.get(cause);
  const denied = denials.test(cause.name);
  return {
    ...failureOf(failureClass),
    ...(denied ? { reason: 'This step lacks a permission that it needs.' } : {}),
    error: cause.name,
    ...(operation ? { operation } : {}),
  };
}
