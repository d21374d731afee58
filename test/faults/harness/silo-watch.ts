import { setTimeout as delay } from 'node:timers/promises';
import { CloudFormationClient, DescribeStacksCommand, type Stack } from '@aws-sdk/client-cloudformation';
import { stackNameOf } from '../../../lambdas/shared/silo-stack.ts';
import type { StackRecord } from '../../../local/stack-record.ts';

const pollMilliseconds = 20;
const mostPolls = 1_500;

/** Looks at silos' stacks as the account's administrator. */
export class SiloWatch {
  readonly #client: CloudFormationClient;

  constructor({ endpoint, region, credentials }: StackRecord) {
    this.#client = new CloudFormationClient({ endpoint, region, credentials: { ...credentials } });
  }

  async stackOf(tenantId: string): Promise<Stack | undefined> {
    try {
      return (await this.#client.send(new DescribeStacksCommand({ StackName: stackNameOf(tenantId) }))).Stacks?.[0];
    } catch (error) {
      // CloudFormation has no name of its own for this: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
      if (error instanceof Error && error.message.includes('does not exist')) return undefined;
      throw error;
    }
  }

  /** Waits for the end of what CloudFormation does, which takes real time: on the virtual clock it has taken none. */
  async settled(tenantId: string): Promise<void> {
    for (let poll = 0; poll < mostPolls; poll += 1) {
      const stack = await this.stackOf(tenantId);
      if (!stack?.StackStatus?.endsWith('_IN_PROGRESS')) return;
      await delay(pollMilliseconds);
    }
    throw new Error(`The silo of ${tenantId} does not come to an end.`);
  }
}
