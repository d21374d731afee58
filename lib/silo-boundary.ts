import { Aws } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledgeWildcards } from './acknowledge.ts';
import { siloNames } from './silo-names.ts';

// biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of IAM's policy language.
const sessionsTenant = '${aws:PrincipalTag/tenantId}';

/**
 * What no silo's role exceeds, whatever its template says: the data of the tenant that its session is tagged with
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html). Who makes silos may make no role without it.
 */
export class SiloBoundary extends Construct {
  readonly policy: ManagedPolicy;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const { tableName, bucketName } = siloNames(sessionsTenant);
    const bucket = `arn:${Aws.PARTITION}:s3:::${bucketName}`;
    const keys = `arn:${Aws.PARTITION}:kms:${Aws.REGION}:${Aws.ACCOUNT_ID}:key/*`;
    const useKeys = (StringEquals: Record<string, string | string[]>) =>
      new PolicyStatement({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [keys], conditions: { StringEquals } });
    this.policy = new ManagedPolicy(this, 'Policy', {
      description: "Tenantry: what no silo's role exceeds.",
      statements: [
        new PolicyStatement({
          actions: ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query', 'BatchGetItem'].map((action) => `dynamodb:${action}`),
          resources: [`arn:${Aws.PARTITION}:dynamodb:${Aws.REGION}:${Aws.ACCOUNT_ID}:table/${tableName}`],
        }),
        new PolicyStatement({ actions: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], resources: [`${bucket}/*`] }),
        new PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucket] }),
        useKeys({ 'kms:EncryptionContext:tenantId': sessionsTenant }),
        useKeys({ 'kms:ViaService': ['dynamodb', 's3'].map((service) => `${service}.${Aws.REGION}.${Aws.URL_SUFFIX}`) }),
      ],
    });
    acknowledgeWildcards(
      this.policy,
      this.policy.document,
      "A boundary grants nothing. Keys get their names when they are made; the role's own policy names its one key.",
    );
  }
}
