import type { AwsCall } from '../harness/lambda-process.ts';
import type { Condition } from './conditions.ts';

/** What a call asks for that could be another tenant's or run's. */
export interface Claimed {
  /** `occupied`: a thing under a name. `forestalled`: that what a condition looks at is as it was seen. */
  readonly fault: 'occupied' | 'forestalled';
  /** Which write of a transaction has the condition, from 1. */
  readonly condition?: number;
}

type Call = Pick<AwsCall, 'functionName' | 'operation' | 'input'>;
type Write = { readonly [kind in 'Put' | 'Update' | 'Delete' | 'ConditionCheck']?: Condition };

/** The writes of a transaction, whatever they do. */
export const writesOf = (input: object) =>
  (input as { readonly TransactItems: readonly Write[] }).TransactItems.map((write) => Object.values(write)[0] as Condition);

const keyOf = (input: object) => String((input as { readonly Key?: Record<string, unknown> }).Key?.['pk']);
const hasCondition = (input: object) => 'ConditionExpression' in input && input.ConditionExpression !== undefined;

/** Calls that make something under a name which another tenant could have, or look whose it is. */
const claiming: Readonly<Record<string, (input: object) => boolean>> = {
  AdminCreateUser: (input) => 'UserAttributes' in input,
  AdminGetUser: () => true,
  CreateStack: () => true,
  RequestCertificate: () => true,
  ChangeResourceRecordSets: (input) => !JSON.stringify(input).includes('"DELETE"'),
  ListResourceRecordSets: () => true,
  Put: hasCondition,
  // Who has a slug: the key does not say whose it is.
  Get: (input) => keyOf(input).startsWith('SLUG#'),
};

/** Calls that make or change nothing. */
const reads = /^(Get|Query|Scan|List|Describe|AdminGet|Decrypt|Generate)/;

/** Calls that write, and that find nothing of another tenant's, each with the reason; a call that is nowhere here fails the run. */
const findsNothing: readonly (readonly [RegExp, string])[] = [
  [/\/(Invoke|AssumeRole)$/, 'It makes nothing.'],
  [/^TestTenant\/(Put|PutObject|Delete|DeleteObject)$/, 'Its items and objects are below the tenant’s id, and have random names.'],
  [/^TestTenant\/Admin(SetUserPassword|InitiateAuth)$/, 'AdminGetUser has said just before whose the user is.'],
  [/^InviteAdministrator\/AdminCreateUser$/, 'AdminGetUser has said just before whose the user is.'],
  [/\/(PutEvents|SendMessage)$/, 'Events and messages have no names.'],
  [/^StopOnboarding\/StopExecution$/, 'An execution’s name is the run’s id, which nobody else’s is.'],
  [/^(DeploySilo|DeleteSilo)\/(UpdateTerminationProtection|DeleteStack)$/, 'DescribeStacks has said just before whose the stack is.'],
  [/^EmptySilo\/(Delete\w+|ScheduleKeyDeletion)$/, 'The stack says what is its own, and whose the stack is.'],
  [/^DeleteSilo\/DeleteUserPool$/, 'The stack has said what was its own, and its id is not given to another pool.'],
  [/^DeleteAdminUser\/AdminDeleteUser$/, 'AdminGetUser has said just before whose the user is.'],
  [/^EraseNamespace\/Delete/, 'What is below the tenant’s id is the tenant’s.'],
  [/^ForgetSignup\/Delete$/, 'People and their key are kept under the tenant’s id.'],
  [/^ReleaseHostName\/(DeleteCertificate|ChangeResourceRecordSets)$/, 'Their tags and the records have said just before whose they are.'],
];

/** @returns what a call of a step asks for. @throws when it is not said of a call that writes */
export function claimsOf({ functionName, operation, input }: Call): Claimed[] {
  if (operation === 'TransactWrite')
    return writesOf(input).flatMap((write, place) => (hasCondition(write) ? [{ fault: 'forestalled', condition: place + 1 }] : []));
  if (claiming[operation]?.(input)) return [{ fault: 'occupied' }];
  if (reads.test(operation) || findsNothing.some(([pattern]) => pattern.test(`${functionName}/${operation}`))) return [];
  throw new Error(`Whether ${functionName} could meet another tenant's thing with ${operation} is not said in claims.ts.`);
}

/** Claims that are undone with the tenant although another made them, each with the reason. */
const goesWithTheTenant: readonly (readonly [string, string])[] = [
  ['EstablishIsolation/Put', 'The namespace is the tenant’s, whichever of its runs has claimed it: all that is in it is erased.'],
];
export const isUndoneToo = (state: string, operation: string) => goesWithTheTenant.some(([claim]) => claim === `${state}/${operation}`);
