import { AuthorizationType } from 'aws-cdk-lib/aws-apigateway';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import type { Api, RouteLimit } from './api.ts';
import type { Configuration } from './configuration.ts';
import type { DataStack } from './data-stack.ts';
import type { DeadLetters } from './dead-letters.ts';
import { type Ability, Handler } from './handler.ts';
import { sendMail } from './mail.ts';
import { StreamReaction } from './stream-reaction.ts';
import { signedUp } from './tenant-records.ts';

/** What everybody may call, so that a flood is refused at the gateway. A person signs up once; a page asks for the progress every second or two. */
export const signupLimits = {
  CreateSignup: { requestsPerSecond: 20, burst: 40 },
  GetSignup: { requestsPerSecond: 100, burst: 200 },
  ShowConfirmation: { requestsPerSecond: 20, burst: 40 },
  ConfirmSignup: { requestsPerSecond: 20, burst: 40 },
  // The provider tells again what it could not tell: a flood of forgeries only delays it.
  ReceivePaymentWebhook: { requestsPerSecond: 50, burst: 100 },
} as const satisfies Record<string, RouteLimit>;

export interface SignupRoutesProps {
  readonly api: Api;
  readonly data: DataStack;
  readonly configuration: Configuration;
  readonly deadLetters: DeadLetters;
}

/** How a customer signs up: the public routes, and the mail that asks for confirmation. */
export class SignupRoutes extends Construct {
  /** Mails the link by which a signup is confirmed. Here and not in the pipeline, because the link leads to the API. */
  readonly sendConfirmation: StreamReaction;

  constructor(scope: Construct, id: string, { api, data, configuration, deadLetters }: SignupRoutesProps) {
    super(scope, id);
    const { records, people, signupMac, paymentSecret, hostNames } = data;
    const publicUrl: Ability = { environment: { PUBLIC_URL: api.publicUrl } };
    const servedRegions: Ability = { environment: { SERVED_REGIONS: configuration.servedRegions.join(',') } };

    const handlers = [
      new Handler(this, 'CreateSignup', {
        folder: 'api',
        abilities: [
          records.commit(),
          people.sealNewTenant(),
          signupMac.derive(),
          paymentSecret.read(),
          hostNames.known(),
          publicUrl,
          servedRegions,
        ],
      }),
      new Handler(this, 'GetSignup', { folder: 'api', abilities: [records.readTenant(), records.readItems()] }),
      new Handler(this, 'ShowConfirmation', { folder: 'api', abilities: [] }),
      new Handler(this, 'ConfirmSignup', { folder: 'api', abilities: [records.commit()] }),
    ];
    for (const handler of handlers) {
      const method = api.serve(handler, { authorizationType: AuthorizationType.NONE });
      acknowledge(method, {
        'AwsSolutions-APIG4':
          'Whoever signs up has no account yet. What is read or confirmed needs the unguessable token of that one signup.',
        'AwsSolutions-COG4':
          'Whoever signs up has no account yet. What is read or confirmed needs the unguessable token of that one signup.',
      });
    }

    const webhook = new Handler(this, 'ReceivePaymentWebhook', { folder: 'api', abilities: [records.commit(), paymentSecret.read()] });
    const signed =
      'The payment provider has no account here. The handler believes nothing but what is signed with the secret that the two share.';
    acknowledge(api.serve(webhook, { authorizationType: AuthorizationType.NONE }), {
      'AwsSolutions-APIG4': signed,
      'AwsSolutions-COG4': signed,
    });

    this.sendConfirmation = new StreamReaction(this, 'SendConfirmation', {
      table: records.tenants,
      when: signedUp,
      abilities: [records.markMail(), people.open(), signupMac.derive(), sendMail(configuration), publicUrl],
      deadLetters,
    });
  }
}
