import { type ACMClient, ListCertificatesCommand } from '@aws-sdk/client-acm';
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { GetRoleCommand } from '@aws-sdk/client-iam';
import { HeadBucketCommand } from '@aws-sdk/client-s3';
import { partition } from '../../support/partition.ts';
import type { SiloWatch } from '../harness/silo-watch.ts';
import { objectsBelow } from './buckets.ts';
import type { Clients } from './clients.ts';
import type { StoreReader } from './reader.ts';
import { users } from './users.ts';

/* What is made for one tenant alone, and so in no template of the deployment: the silo's stack with its stores, and the certificate of its name. */

export const siloReader = (watch: SiloWatch, { documents, cognito, s3 }: Clients): StoreReader => ({
  store: 'Silo',
  read: async ({ tenantId }) => {
    const stack = await watch.stackOf(tenantId);
    if (!stack) return undefined;
    const { StackId, StackStatus, StackStatusReason, EnableTerminationProtection, Parameters, Tags, Outputs = [], RoleARN } = stack;
    const made = Object.fromEntries(Outputs.map(({ OutputKey, OutputValue }) => [OutputKey ?? '', OutputValue ?? '']));
    const { TableName = '', BucketName = '', UserPoolId = '' } = made;
    return {
      stack: { StackId, StackStatus, StackStatusReason, EnableTerminationProtection, Parameters, Tags, RoleARN },
      outputs: Object.keys(made),
      ...(TableName ? { items: await partition(documents, TableName, 'tenantId', tenantId) } : {}),
      ...(BucketName ? { objects: await objectsBelow(s3, BucketName, '') } : {}),
      ...(UserPoolId ? { users: await users(cognito, UserPoolId) } : {}),
    };
  },
});

/** What there still is by the names of a silo's own, whether or not a stack says so. */
export async function siloLeftovers({ dynamodb, s3, iam, account }: Clients, tenantId: string): Promise<string[]> {
  // As lib/silo-names.ts names them.
  const name = `tenantry-silo-${tenantId}`;
  const gone = (error: Error) => {
    if (/NotFound|NoSuchEntity/.test(error.name)) return undefined;
    throw error;
  };
  const found = await Promise.all([
    dynamodb.send(new DescribeTableCommand({ TableName: name })).catch(gone),
    s3.send(new HeadBucketCommand({ Bucket: `${name}-${account}` })).catch(gone),
    iam.send(new GetRoleCommand({ RoleName: name })).catch(gone),
  ]);
  return ['table', 'bucket', 'role'].filter((_, place) => found[place]).map((what) => `The silo's ${what} is left.`);
}

export const certificateReader = (client: ACMClient): StoreReader => ({
  store: 'Certificates',
  read: async ({ slug }) => {
    const states: (string | undefined)[] = [];
    let NextToken: string | undefined;
    do {
      const page = await client.send(new ListCertificatesCommand({ MaxItems: 1_000, NextToken }));
      for (const { DomainName, Status } of page.CertificateSummaryList ?? []) if (DomainName?.startsWith(`${slug}.`)) states.push(Status);
      NextToken = page.NextToken;
    } while (NextToken);
    return states;
  },
});
