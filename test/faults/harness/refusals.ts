import { Readable } from 'node:stream';

/** Node's HTTP client says so when the other side hangs up, and the SDK names it TimeoutError: https://nodejs.org/api/errors.html#common-system-errors */
export const connectionReset = () => Object.assign(new Error('socket hang up'), { name: 'TimeoutError', code: 'ECONNRESET' });

export type Refusal = 'throttled' | 'server-error' | 'denied' | 'conflict';
type Code = readonly [status: number, code: string];

/** How a service says no, by the protocol that it speaks. */
interface Service {
  readonly protocol: 'json' | 'rest-json' | 'rest-xml' | 'query';
  readonly throttled: Code;
  readonly 'server-error': Code;
  readonly denied: Code;
}

const jsonDenied: Code = [400, 'AccessDeniedException'];
const internalFailure: Code = [500, 'InternalFailure'];
const xmlDenied: Code = [403, 'AccessDenied'];

/** Each by its service id in the SDK; the codes are of the API references, and of https://docs.aws.amazon.com/awssupport/latest/user/CommonErrors.html */
const services: Readonly<Record<string, Service>> = {
  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
  DynamoDB: { protocol: 'json', throttled: [400, 'ThrottlingException'], 'server-error': [500, 'InternalServerError'], denied: jsonDenied },
  // https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminCreateUser.html
  'Cognito Identity Provider': {
    protocol: 'json',
    throttled: [400, 'TooManyRequestsException'],
    'server-error': [500, 'InternalErrorException'],
    denied: jsonDenied,
  },
  // https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html
  KMS: { protocol: 'json', throttled: [400, 'ThrottlingException'], 'server-error': [500, 'KMSInternalException'], denied: jsonDenied },
  // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
  EventBridge: {
    protocol: 'json',
    throttled: [400, 'ThrottlingException'],
    'server-error': [500, 'InternalException'],
    denied: jsonDenied,
  },
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
  SQS: { protocol: 'json', throttled: [400, 'RequestThrottled'], 'server-error': internalFailure, denied: [403, 'AccessDeniedException'] },
  // https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
  Lambda: {
    protocol: 'rest-json',
    throttled: [429, 'TooManyRequestsException'],
    'server-error': [500, 'ServiceException'],
    denied: [403, 'AccessDeniedException'],
  },
  // https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
  S3: { protocol: 'rest-xml', throttled: [503, 'SlowDown'], 'server-error': [500, 'InternalError'], denied: xmlDenied },
  // https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
  STS: { protocol: 'query', throttled: [400, 'Throttling'], 'server-error': internalFailure, denied: xmlDenied },
  // https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/CommonErrors.html
  CloudFormation: { protocol: 'query', throttled: [400, 'Throttling'], 'server-error': internalFailure, denied: xmlDenied },
  // https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
  SESv2: {
    protocol: 'rest-json',
    throttled: [429, 'TooManyRequestsException'],
    'server-error': internalFailure,
    denied: [403, 'AccessDeniedException'],
  },
  // https://docs.aws.amazon.com/acm/latest/APIReference/CommonErrors.html
  ACM: { protocol: 'json', throttled: [400, 'ThrottlingException'], 'server-error': internalFailure, denied: jsonDenied },
  // https://docs.aws.amazon.com/Route53/latest/APIReference/requests-rest-responses.html: its errors are wrapped as those of query APIs are
  'Route 53': { protocol: 'query', throttled: [400, 'Throttling'], 'server-error': internalFailure, denied: xmlDenied },
  // https://docs.aws.amazon.com/step-functions/latest/apireference/CommonErrors.html
  SFN: { protocol: 'json', throttled: [400, 'ThrottlingException'], 'server-error': internalFailure, denied: jsonDenied },
};

/** Another transaction holds an item: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html */
const transactionConflict = {
  __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
  message: 'Transaction cancelled, please refer cancellation reasons for specific reasons [TransactionConflict]',
  CancellationReasons: [{ Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' }],
};

/** The answer of a service that refuses, as it comes over the wire. */
export function refusalOf(serviceId: string, refusal: Refusal) {
  const service = services[serviceId];
  if (!service) throw new Error(`How ${serviceId} refuses is not said in refusals.ts.`);
  if (refusal === 'conflict') return answer(400, 'application/x-amz-json-1.0', JSON.stringify(transactionConflict));
  const [status, code] = service[refusal];
  const message = 'Refused by the fault matrix.';
  switch (service.protocol) {
    case 'json':
      return answer(status, 'application/x-amz-json-1.0', JSON.stringify({ __type: code, message }));
    case 'rest-json':
      return answer(status, 'application/json', JSON.stringify({ message }), { 'x-amzn-errortype': code });
    case 'rest-xml':
      return answer(status, 'application/xml', `<Error><Code>${code}</Code><Message>${message}</Message></Error>`);
    case 'query':
      return answer(
        status,
        'text/xml',
        `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
      );
  }
}

const answer = (statusCode: number, contentType: string, text: string, more: Record<string, string> = {}) => ({
  statusCode,
  headers: { 'content-type': contentType, ...more },
  body: Readable.from([Buffer.from(text)]),
});
