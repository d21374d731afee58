import { ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import { type ProblemKind, problemKinds, problemType } from '../contracts/problem.ts';

/** What the gateway refuses by itself is answered as the handlers answer: https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html */
const answers: readonly (readonly [ResponseType, ProblemKind, string])[] = [
  [ResponseType.UNAUTHORIZED, 'unauthorized', 'Send the ID token of a staff member as "Authorization: Bearer <token>".'],
  [ResponseType.EXPIRED_TOKEN, 'unauthorized', 'The token has ended. Sign in again.'],
  [ResponseType.ACCESS_DENIED, 'forbidden', 'The token does not allow this.'],
  // The gateway finds no route and takes it for a request without credentials.
  [ResponseType.MISSING_AUTHENTICATION_TOKEN, 'not-found', 'There is no such route. See the API description for method and path.'],
  [ResponseType.RESOURCE_NOT_FOUND, 'not-found', 'There is no such route. See the API description for method and path.'],
  [
    ResponseType.WAF_FILTERED,
    'forbidden',
    'The request was refused by a rule that protects the service. If you have sent many, wait for five minutes.',
  ],
  [ResponseType.THROTTLED, 'too-many-requests', 'Wait for a few seconds and send the same request again.'],
  [ResponseType.REQUEST_TOO_LARGE, 'body-too-large', 'Send a smaller body.'],
  [ResponseType.UNSUPPORTED_MEDIA_TYPE, 'unsupported-media-type', 'Send application/json.'],
  [ResponseType.DEFAULT_4XX, 'invalid-request', 'The request cannot be read. Check its method, headers and body.'],
  [ResponseType.INTEGRATION_FAILURE, 'unavailable', 'Wait for a few seconds and send the same request again.'],
  [ResponseType.INTEGRATION_TIMEOUT, 'unavailable', 'Wait for a few seconds and send the same request again.'],
  [ResponseType.DEFAULT_5XX, 'internal-error', 'Send the same request again; an Idempotency-Key keeps it from being done twice.'],
];

/** What a client's software must know beside the body: https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1 and #section-10.2.3 */
const headers: Partial<Record<ProblemKind, Record<string, string>>> = {
  unauthorized: { 'WWW-Authenticate': "'Bearer'" },
  'too-many-requests': { 'Retry-After': "'5'" },
  unavailable: { 'Retry-After': "'5'" },
};

/** Makes every answer of the gateway's own a problem by RFC 9457. */
export function answerProblems(restApi: RestApi): void {
  for (const [type, kind, detail] of answers) {
    const { status, title } = problemKinds[kind];
    restApi.addGatewayResponse(`Problem${type.responseType}`, {
      type,
      statusCode: String(status),
      // The gateway chooses the template by application/json and lets the header replace what the client sees.
      templates: { 'application/json': JSON.stringify({ type: problemType(kind), title, status, detail }) },
      responseHeaders: { 'Content-Type': "'application/problem+json'", ...headers[kind] },
    });
  }
}
