import * as z from 'zod';
import type { StateMachine } from './execution.ts';

const credentials = z.object({ accessKeyId: z.string(), secretAccessKey: z.string(), sessionToken: z.string().optional() });

const stateMachineRecord = z.looseObject({
  stateMachineArn: z.string(),
  name: z.string(),
  /** JSON text, its substitutions resolved. */
  definition: z.string(),
  roleArn: z.string(),
  type: z.string().optional(),
  updateDate: z.unknown().optional(),
  creationDate: z.unknown().optional(),
  stateMachineVersionArn: z.string().nullish(),
  stateMachineAliasArn: z.string().nullish(),
});

/**
 * A call of the Step Functions API that the emulated AWS has authenticated and authorised, with what the engine needs to carry it out in
 * the name of the state machine's role.
 */
export const handOverSchema = z.object({
  action: z.string(),
  /** The request as the caller sent it. */
  data: z.record(z.string(), z.unknown()),
  /** The caller's ARN. */
  caller: z.string().nullish(),
  account: z.string(),
  region: z.string(),
  stateMachine: stateMachineRecord.nullish(),
  /** A session of the state machine's role. */
  roleCredentials: credentials.nullish(),
  /** A session that may say events of `aws.states`. */
  engineCredentials: credentials.nullish(),
  /** The URL at which the emulated AWS serves. */
  endpoint: z.string(),
});

export type HandOver = z.infer<typeof handOverSchema>;
export type StateMachineRecord = z.infer<typeof stateMachineRecord>;

/** Whose name a call to AWS is made in, and where. */
export interface AwsSession {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string | undefined };
}

/** What the engine pins of the record; the definition is parsed already. */
export function stateMachineOf(record: StateMachineRecord, definition: StateMachine['definition']): StateMachine {
  return {
    arn: record.stateMachineArn,
    name: record.name,
    roleArn: record.roleArn,
    definition,
    versionArn: record.stateMachineVersionArn ?? undefined,
    aliasArn: record.stateMachineAliasArn ?? undefined,
  };
}
