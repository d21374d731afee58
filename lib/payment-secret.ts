import { RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import type { Ability } from './handler.ts';

/**
 * What the deployment knows its payment provider by: {"apiKey":…,"webhookSigningSecret":…}, which whoever operates it puts in (docs/runbook.md). It begins with a random
 * value that no provider knows and no handler takes, so that nothing can be paid, or forged, before that.
 */
export class PaymentSecret extends Construct {
  readonly secret: Secret;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.secret = new Secret(this, 'Secret', {
      description: 'Tenantry: API key and webhook signing secret of the payment provider.',
      removalPolicy: RemovalPolicy.RETAIN,
    });
    acknowledge(this.secret, {
      'AwsSolutions-SMG4':
        'The provider makes the values; it has no way to rotate them from here. Functions read a new value within 15 minutes.',
    });
  }

  /** To act at the payment provider, and to know its calls. */
  read(): Ability {
    return {
      environment: { PAYMENT_SECRET_ID: this.secret.secretArn },
      statements: [new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [this.secret.secretArn] })],
    };
  }
}
