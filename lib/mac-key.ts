import { RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { Ability } from './handler.ts';

export interface MacKeyProps {
  readonly description: string;
  /** The variable in which handlers find the key's id. */
  readonly variable: string;
}

/** An HMAC key of KMS, from which names and secrets are derived. What was derived must stay derivable, so AWS offers no rotation for it. */
export class MacKey extends Construct {
  readonly key: Key;
  private readonly variable: string;

  constructor(scope: Construct, id: string, props: MacKeyProps) {
    super(scope, id);
    this.variable = props.variable;
    this.key = new Key(this, 'Key', {
      description: props.description,
      keySpec: KeySpec.HMAC_256,
      keyUsage: KeyUsage.GENERATE_VERIFY_MAC,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  /** To derive a MAC; the key itself never leaves KMS. */
  derive(): Ability {
    return {
      environment: { [this.variable]: this.key.keyId },
      statements: [new PolicyStatement({ actions: ['kms:GenerateMac'], resources: [this.key.keyArn] })],
    };
  }
}
