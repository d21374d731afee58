import {
  type CloudFormationServiceException,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  GetTemplateCommand,
  ListStackResourcesCommand,
  UpdateTerminationProtectionCommand,
} from '@aws-sdk/client-cloudformation';
import { DeleteUserPoolCommand, ListUserPoolsCommand } from '@aws-sdk/client-cognito-identity-provider';
import { DeleteTableCommand, ResourceInUseException, ResourceNotFoundException as TableNotFound } from '@aws-sdk/client-dynamodb';
import { DescribeKeyCommand, KMSInvalidStateException, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import { DeleteBucketCommand, DeleteObjectsCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { runtime } from '../../lambdas/shared/runtime.ts';

interface SiloStack {
  readonly StackName: string;
  readonly StackId: string;
  StackStatus: string;
  EnableTerminationProtection: boolean;
  readonly Tags: readonly { readonly Key: string; readonly Value: string }[];
  readonly Outputs: readonly { readonly OutputKey: string; readonly OutputValue: string }[];
  readonly events: object[];
  /** What it was made of. */
  readonly template: string;
}
interface StackInput {
  readonly StackName: string;
  readonly ClientRequestToken?: string;
  readonly Tags?: SiloStack['Tags'];
}

const outputs = ['TableName', 'BucketName', 'KeyId', 'UserPoolId', 'ProbeClientId', 'RoleArn'];
/** What holds data, and so is not deleted with the stack, by the output that names it. */
const kept = {
  TableName: 'AWS::DynamoDB::GlobalTable',
  BucketName: 'AWS::S3::Bucket',
  KeyId: 'AWS::KMS::Key',
  UserPoolId: 'AWS::Cognito::UserPool',
};
const nameIn = (stackName: string, outputKey: string) => `${outputKey} of ${stackName}`;

/** What the handlers use of CloudFormation, in memory, and what deletes that which a stack leaves behind. A creation or a deletion stays in progress until a test ends it. */
export class FakeSilos {
  static readonly operations = {
    stacks: [
      [CreateStackCommand, 'create'],
      [DeleteStackCommand, 'delete'],
      [DescribeStacksCommand, 'describe'],
      [DescribeStackEventsCommand, 'describeEvents'],
      [GetTemplateCommand, 'templateOf'],
      [ListStackResourcesCommand, 'resources'],
      [UpdateTerminationProtectionCommand, 'protect'],
    ],
    tables: [[DeleteTableCommand, 'deleteTable']],
    users: [
      [DeleteUserPoolCommand, 'deleteUserPool'],
      [ListUserPoolsCommand, 'listUserPools'],
    ],
    keys: [
      [ScheduleKeyDeletionCommand, 'deleteKey'],
      [DescribeKeyCommand, 'describeKey'],
    ],
    objects: [
      [ListObjectVersionsCommand, 'versions'],
      [DeleteObjectsCommand, 'deleteVersions'],
      [DeleteBucketCommand, 'deleteBucket'],
    ],
  } as const;
  readonly stacks = new Map<string, SiloStack>();
  /** What the next one is made of: the current Silo template. */
  readonly template = JSON.stringify({ Resources: { Key: { Type: 'AWS::KMS::Key', Properties: { EnableKeyRotation: true } } } });
  /** What holds silos' data, by its physical id. */
  readonly remains = new Map<string, { readonly stackName: string; readonly type: string }>();
  /** Keys of objects, once for each version, by their bucket's name. */
  readonly objectVersions = new Map<string, string[]>();
  /** A table that is deleted takes its time, until a test lets it go. */
  tablesLinger = false;
  #made = 0;

  #stack(name: string): SiloStack {
    const stack = this.stacks.get(name) ?? [...this.stacks.values()].find(({ StackId }) => StackId === name);
    if (stack) return stack;
    const error: Partial<CloudFormationServiceException> = { name: 'ValidationError', $fault: 'client' };
    throw Object.assign(new Error(`Stack with id ${name} does not exist`), error);
  }

  create({ StackName, ClientRequestToken, Tags = [] }: StackInput) {
    const present = this.stacks.get(StackName);
    const sameRequest = present?.events.some((event) => (event as StackInput).ClientRequestToken === ClientRequestToken);
    if (present && !sameRequest) throw Object.assign(new Error('exists'), { name: 'AlreadyExistsException', $fault: 'client' });
    if (present) return { StackId: present.StackId };
    this.#made += 1;
    const StackId = `arn:aws:cloudformation:eu-central-1:111122223333:stack/${StackName}/${this.#made}`;
    const Outputs = outputs.map((OutputKey) => ({ OutputKey, OutputValue: nameIn(StackName, OutputKey) }));
    for (const [output, type] of Object.entries(kept)) this.remains.set(nameIn(StackName, output), { stackName: StackName, type });
    const { template } = this;
    const stack = {
      ...{ StackName, StackId, StackStatus: 'CREATE_IN_PROGRESS', EnableTerminationProtection: false, Tags, Outputs, events: [] },
      template,
    };
    this.stacks.set(StackName, stack);
    this.say(StackName, 'CREATE_IN_PROGRESS', { ClientRequestToken, ResourceType: 'AWS::CloudFormation::Stack' });
    return { StackId };
  }

  /** Adds the newest event, of the operation that is under way. */
  say(name: string, ResourceStatus: string, event: object = {}) {
    const { events } = this.#stack(name);
    const { ClientRequestToken } = (events[0] ?? {}) as StackInput;
    events.unshift({ ClientRequestToken, ResourceStatus, ...event });
  }

  /** Ends what is under way. */
  become(name: string, status: string) {
    if (status === 'DELETE_COMPLETE') this.stacks.delete(name);
    else {
      // What a creation that failed had made is taken back.
      if (status === 'ROLLBACK_COMPLETE') for (const [id, { stackName }] of this.remains) if (stackName === name) this.remains.delete(id);
      this.say(name, status, { ResourceType: 'AWS::CloudFormation::Stack' });
      this.#stack(name).StackStatus = status;
    }
  }

  describe({ StackName }: StackInput) {
    return { Stacks: [structuredClone(this.#stack(StackName))] };
  }

  templateOf({ StackName }: StackInput) {
    return { TemplateBody: this.#stack(StackName).template };
  }

  /** Two events a page, so that whoever reads only one page is found out. */
  describeEvents({ StackName, NextToken = '0' }: StackInput & { readonly NextToken?: string }) {
    const { events } = this.#stack(StackName);
    const next = Number(NextToken) + 2;
    return { StackEvents: events.slice(Number(NextToken), next), ...(next < events.length ? { NextToken: String(next) } : {}) };
  }

  delete({ StackName, ClientRequestToken }: StackInput) {
    const stack = this.#stack(StackName);
    if (stack.EnableTerminationProtection) throw new Error('The stack is protected.');
    stack.StackStatus = 'DELETE_IN_PROGRESS';
    this.say(StackName, 'DELETE_IN_PROGRESS', { ClientRequestToken, ResourceType: 'AWS::CloudFormation::Stack' });
    return {};
  }

  protect({ StackName, EnableTerminationProtection }: StackInput & { readonly EnableTerminationProtection: boolean }) {
    this.#stack(StackName).EnableTerminationProtection = EnableTerminationProtection;
    return {};
  }

  /** Two resources a page, so that whoever reads only one page is found out. What was deleted beside the stack is still in its list. */
  resources({ StackName, NextToken = '0' }: StackInput & { readonly NextToken?: string }) {
    const { StackName: name, StackStatus } = this.#stack(StackName);
    const all = Object.entries(kept).map(([output, ResourceType]) => ({
      ResourceType,
      PhysicalResourceId: nameIn(name, output),
      ResourceStatus: StackStatus === 'ROLLBACK_COMPLETE' ? 'DELETE_COMPLETE' : 'CREATE_COMPLETE',
    }));
    const next = Number(NextToken) + 2;
    return { StackResourceSummaries: all.slice(Number(NextToken), next), ...(next < all.length ? { NextToken: String(next) } : {}) };
  }

  #remove(id: string, missing: () => Error) {
    if (!this.remains.delete(id)) throw missing();
    return {};
  }

  deleteTable({ TableName: id }: { readonly TableName: string }) {
    if (this.tablesLinger && this.remains.has(id)) throw new ResourceInUseException({ message: 'It is being deleted.', $metadata: {} });
    return this.#remove(id, () => new TableNotFound({ message: 'no table', $metadata: {} }));
  }

  deleteUserPool({ UserPoolId: id }: { readonly UserPoolId: string }) {
    // By the pool's tag alone may anybody delete it, and what is gone has none.
    return this.#remove(id, () => Object.assign(new Error('not authorized'), { name: 'AccessDeniedException', $fault: 'client' }));
  }

  listUserPools() {
    return { UserPools: [...this.remains].filter(([, { type }]) => type === 'AWS::Cognito::UserPool').map(([Id]) => ({ Id })) };
  }

  describeKey() {
    return { KeyMetadata: { DeletionDate: new Date(runtime.now().getTime() + 7 * 86_400_000) } };
  }

  deleteKey({ KeyId: id }: { readonly KeyId: string }) {
    return this.#remove(id, () => new KMSInvalidStateException({ message: 'It waits for its deletion.', $metadata: {} }));
  }

  #bucket(name: string) {
    if (!this.remains.has(name)) throw Object.assign(new Error('no bucket'), { name: 'NoSuchBucket', $fault: 'client' });
    return this.objectVersions.get(name) ?? [];
  }

  versions({ Bucket }: { readonly Bucket: string }) {
    return { Versions: this.#bucket(Bucket).map((Key, VersionId) => ({ Key, VersionId: String(VersionId) })) };
  }

  deleteVersions({ Bucket }: { readonly Bucket: string }) {
    this.#bucket(Bucket);
    this.objectVersions.delete(Bucket);
    return {};
  }

  deleteBucket({ Bucket: bucket }: { readonly Bucket: string }) {
    if (this.#bucket(bucket).length > 0) throw Object.assign(new Error('not empty'), { name: 'BucketNotEmpty', $fault: 'client' });
    this.remains.delete(bucket);
    return {};
  }
}
