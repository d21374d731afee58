import { relative } from 'node:path';
import { defaultRecordFile, type LocalStack } from '../stack.ts';

/** What a person needs to use a stack that is up: where it is, and the keys for the AWS CLI. */
export function describeStack(stack: LocalStack): string {
  const { credentials } = stack;
  return `
The local stack is up. Ctrl-C stops it, and its data goes with it.

  API              ${stack.apiUrl}
  AWS endpoint     ${stack.endpoint}
  Mails            ${stack.mailsUrl}
  Staff operator   ${stack.staffOperator.username}; password and authenticator secret in ${fromHere(defaultRecordFile)}
  Log              ${fromHere(stack.logFile)}

For the AWS CLI and SDKs in another terminal:

export AWS_ENDPOINT_URL=${stack.endpoint}
export AWS_REGION=${stack.region}
export AWS_ACCESS_KEY_ID=${credentials.accessKeyId}
export AWS_SECRET_ACCESS_KEY=${credentials.secretAccessKey}
export AWS_SESSION_TOKEN=${credentials.sessionToken}
`;
}

function fromHere(path: string): string {
  return relative(process.cwd(), path);
}
