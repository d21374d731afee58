import { Aws } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { siloNames } from './silo-names.ts';

const ofThisAccount = (service: string, resource: string) => `arn:${Aws.PARTITION}:${service}:${Aws.REGION}:${Aws.ACCOUNT_ID}:${resource}`;

const tagged = { Null: { 'aws:ResourceTag/tenantry:tenantId': 'false' } };

/** Allows to delete the user pools of silos, and to look whether they are gone. */
export const deleteUserPools = (): PolicyStatement[] => [
  new PolicyStatement({
    actions: ['cognito-idp:DeleteUserPool'],
    resources: [ofThisAccount('cognito-idp', 'userpool/*')],
    conditions: tagged,
  }),
  new PolicyStatement({ actions: ['cognito-idp:ListUserPools'], resources: ['*'] }),
];

/** Allows to delete what else holds the data of silos, and nothing that is no silo's. */
export function deleteRemains(): PolicyStatement[] {
  const { tableName, bucketName } = siloNames('*');
  const bucket = `arn:${Aws.PARTITION}:s3:::${bucketName}`;
  return [
    new PolicyStatement({ actions: ['dynamodb:DeleteTable'], resources: [ofThisAccount('dynamodb', `table/${tableName}`)] }),
    new PolicyStatement({ actions: ['s3:ListBucketVersions', 's3:DeleteBucket'], resources: [bucket] }),
    new PolicyStatement({ actions: ['s3:DeleteObject', 's3:DeleteObjectVersion'], resources: [`${bucket}/*`] }),
    new PolicyStatement({
      actions: ['kms:ScheduleKeyDeletion', 'kms:DescribeKey'],
      resources: [ofThisAccount('kms', 'key/*')],
      conditions: tagged,
    }),
  ];
}
