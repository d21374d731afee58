/** How a task goes on after its call: https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html */
export type IntegrationPattern = 'requestResponse' | 'waitForTaskToken' | 'sync';

/** What a Task's `Resource` names. */
export interface TaskResource {
  /** The service as the ARN writes it: `lambda`, `sqs`, `dynamodb`. */
  readonly service: string;
  /** The action as the ARN writes it, in camel case: `invoke`, `sendMessage`. */
  readonly action: string;
  readonly pattern: IntegrationPattern;
  /** True for `arn:aws:states:::aws-sdk:<service>:<action>`. */
  readonly sdk: boolean;
  /** As the history writes it: `lambda` or `aws-sdk:dynamodb`. */
  readonly resourceType: string;
  /** As the history writes it: `invoke.waitForTaskToken`. */
  readonly resourceName: string;
}

/** The optimised integrations that the engine knows. */
const optimised: Readonly<Record<string, readonly string[]>> = {
  lambda: ['invoke', 'invoke.waitForTaskToken'],
  sqs: ['sendMessage', 'sendMessage.waitForTaskToken'],
  events: ['putEvents', 'putEvents.waitForTaskToken'],
  states: ['startExecution', 'startExecution.sync:2', 'startExecution.waitForTaskToken'],
};

const form = /^arn:aws[\w-]*:states:[^:]*:[^:]*:(aws-sdk:)?([\w-]+):(\w+)(?:\.(sync:2|sync|waitForTaskToken))?$/;

const parsed = new Map<string, TaskResource>();

/** Reads a Task's `Resource`. Throws an error that says what is wrong with it. */
export function parseTaskResource(resource: string): TaskResource {
  const known = parsed.get(resource);
  if (known) return known;
  const match = form.exec(resource);
  if (!match) {
    throw new Error(
      `the Resource "${resource}" is not served here; call a function through arn:aws:states:::lambda:invoke, a service through aws-sdk`,
    );
  }
  const [, sdkPrefix = '', service = '', action = '', suffix] = match;
  const resourceName = suffix ? `${action}.${suffix}` : action;
  const sdk = sdkPrefix !== '';
  if (sdk && suffix?.startsWith('sync'))
    throw new Error(`the Resource "${resource}" waits for a job, which the AWS SDK integrations cannot`);
  if (!sdk && !optimised[service]?.includes(resourceName)) {
    throw new Error(`the Resource "${resource}" is not served here; the optimised integrations are ${describeOptimised()}`);
  }
  const pattern = suffix === 'waitForTaskToken' ? suffix : suffix ? 'sync' : 'requestResponse';
  const result = { service, action, pattern, sdk, resourceType: `${sdkPrefix}${service}`, resourceName } as const;
  parsed.set(resource, result);
  return result;
}

function describeOptimised(): string {
  return Object.entries(optimised)
    .flatMap(([service, actions]) => actions.map((action) => `${service}:${action}`))
    .join(', ');
}
