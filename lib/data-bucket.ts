import { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { type Kept, removalPolicyOf } from './kept.ts';
import { throughService } from './through-service.ts';

export interface DataBucketProps {
  readonly encryptionKey: IKey;
  readonly kept: Kept;
  readonly bucketName?: string;
}

/** A bucket that nobody reaches from outside, encrypted under a key of ours. What was overwritten or deleted can be brought back for 35 days, as with tables. */
export class DataBucket extends Bucket {
  readonly #key: IKey;

  constructor(scope: Construct, id: string, { encryptionKey, kept, bucketName }: DataBucketProps) {
    super(scope, id, {
      ...(bucketName ? { bucketName } : {}),
      encryption: BucketEncryption.KMS,
      encryptionKey,
      bucketKeyEnabled: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      versioned: true,
      lifecycleRules: [
        {
          noncurrentVersionExpiration: Duration.days(35),
          expiredObjectDeleteMarker: true,
          abortIncompleteMultipartUploadAfter: Duration.days(7),
        },
      ],
      removalPolicy: removalPolicyOf(kept),
    });
    this.#key = encryptionKey;
    acknowledge(this, {
      'AwsSolutions-S1':
        'Who reaches which object is for CloudTrail, whose data events also say with whose credentials; it comes with the audit archive.',
    });
  }

  /** Allows exactly these actions on the objects under a prefix, which ends with a slash. */
  onObjects(prefix: string, ...actions: string[]): PolicyStatement {
    return new PolicyStatement({ actions: actions.map((action) => `s3:${action}`), resources: [this.arnForObjects(`${prefix}*`)] });
  }

  /** Allows to list the objects under a prefix, which ends with a slash, and no others. */
  toList(prefix: string): PolicyStatement {
    return new PolicyStatement({
      actions: ['s3:ListBucket'],
      resources: [this.bucketArn],
      conditions: { StringLike: { 's3:prefix': `${prefix}*` } },
    });
  }

  /** Lets S3, and nobody else, use the bucket's key on behalf of who reads and writes. */
  toWrite(): PolicyStatement {
    return throughService('s3', this.#key, 'kms:Decrypt', 'kms:GenerateDataKey');
  }
}
