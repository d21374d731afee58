import * as z from 'zod';
import { exceedsDataLimit } from './json.ts';
import { ServiceError } from './service-error.ts';

/** Requests of the Step Functions API. https://docs.aws.amazon.com/step-functions/latest/apireference/API_Operations.html */
const executionArn = z.string().min(1).max(256);
const paging = { maxResults: z.int().min(0).max(1000).optional(), nextToken: z.string().min(1).max(3096).optional() };
const errorText = z.string().max(256).nullish();
const causeText = z.string().max(32_768).nullish();
const taskToken = z.string().min(1).max(2048);

export const startExecution = z.object({
  stateMachineArn: z.string().min(1).max(256),
  name: z.string().nullish(),
  input: z
    .string()
    .refine((text) => !exceedsDataLimit(text), 'must be at most 262144 bytes')
    .nullish(),
});
export const stopExecution = z.object({ executionArn, error: errorText, cause: causeText });
export const redriveExecution = z.object({ executionArn, clientToken: z.string().min(1).max(64).nullish() });
export const describeExecution = z.object({ executionArn });
export const listExecutions = z.object({
  stateMachineArn: z.string().min(1).max(256),
  statusFilter: z.enum(['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED', 'PENDING_REDRIVE']).optional(),
  redriveFilter: z.enum(['REDRIVEN', 'NOT_REDRIVEN']).optional(),
  mapRunArn: z.undefined('is of a distributed Map, which is not served here').optional(),
  ...paging,
});
export const getExecutionHistory = z.object({
  executionArn,
  reverseOrder: z.boolean().optional(),
  includeExecutionData: z.boolean().optional(),
  ...paging,
});
export const sendTaskSuccess = z.object({ taskToken, output: z.string() });
export const sendTaskFailure = z.object({ taskToken, error: errorText, cause: causeText });
export const sendTaskHeartbeat = z.object({ taskToken });
export const validateStateMachineDefinition = z.object({ definition: z.string().min(1).max(1_048_576), type: z.string().optional() });

/** The request, or `ValidationException` that names the first field at fault. */
export function parseRequest<T>(schema: z.ZodType<T>, data: unknown): T {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new ServiceError('ValidationException', `Value at '${issue?.path.join('.')}' failed to satisfy constraint: ${issue?.message}`);
}

const executionArnForm = /^arn:aws[\w-]*:states:[\w-]+:\d{12}:execution:[^:\s]+:[^\s]+$/;

/** Throws `InvalidArn` for what is not the ARN of an execution. */
export function assertExecutionArn(arn: string): void {
  if (!executionArnForm.test(arn)) throw new ServiceError('InvalidArn', `Invalid Arn: '${arn}'`);
}

/** No white space, brackets, wildcards, special or control characters: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html */
const namePattern = /^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}\p{Cs}]{1,80}$/u;

/** Throws `InvalidName`. */
export function assertExecutionName(name: string): void {
  if (!namePattern.test(name)) throw new ServiceError('InvalidName', `Invalid Name: '${name}'`);
}
