import type { CloudFormationServiceException } from '@aws-sdk/client-cloudformation';

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

/** What the handlers use of CloudFormation, in memory. A creation or a deletion stays in progress until a test ends it. */
export class FakeSilos {
  readonly stacks = new Map<string, SiloStack>();
  /** What the next one is made of: the current Silo template. */
  readonly template = JSON.stringify({ Resources: { Key: { Type: 'AWS::KMS::Key', Properties: { EnableKeyRotation: true } } } });
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
    const Outputs = outputs.map((OutputKey) => ({ OutputKey, OutputValue: `${OutputKey} of ${StackName}` }));
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

  protect({ StackName }: StackInput) {
    this.#stack(StackName).EnableTerminationProtection = true;
    return {};
  }
}
