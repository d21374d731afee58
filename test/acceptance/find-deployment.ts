import { CloudFormationClient, paginateDescribeStacks } from '@aws-sdk/client-cloudformation';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';

/** Where a deployment of Tenantry is. */
export interface Deployment {
  readonly account: string;
  readonly region: string;
  /** The outputs of all its stacks. */
  readonly outputs: Record<string, string>;
}

/** The stacks' names: see lib/application.ts. */
const stackNames = /^Tenantry-[A-Za-z]+$/;
const needed = ['ApiUrl', 'TenantsTableName', 'EventsTableName', 'OnboardTenantArn'];

/**
 * Looks for Tenantry's stacks with the credentials of AWS_PROFILE.
 * @throws an error that says what is missing, in one line
 */
export async function findDeployment(wantedRegion: string | undefined): Promise<Deployment> {
  const cloudFormation = new CloudFormationClient(wantedRegion ? { region: wantedRegion } : {});
  const region = await cloudFormation.config.region();
  const { Account = '' } = await new STSClient({ region }).send(new GetCallerIdentityCommand({}));
  const outputs: Record<string, string> = {};
  for await (const { Stacks = [] } of paginateDescribeStacks({ client: cloudFormation }, {}))
    for (const { StackName = '', Outputs = [] } of Stacks)
      if (stackNames.test(StackName)) for (const { OutputKey, OutputValue } of Outputs) outputs[OutputKey ?? ''] = OutputValue ?? '';
  const missing = needed.filter((name) => !outputs[name]);
  if (missing.length > 0)
    throw new Error(
      `account ${Account} has in ${region} no stack of Tenantry's with the output ${missing.join(', ')}. Deploy it: npx cdk deploy --all`,
    );
  return { account: Account, region, outputs };
}
