import { Aws } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Ability } from './handler.ts';

/** To send mail from one address. Its identity in SES is the address itself or its domain, whichever is verified. */
export function sendMailFrom(mailFromAddress: string): Ability {
  const domain = mailFromAddress.slice(mailFromAddress.lastIndexOf('@') + 1);
  return {
    environment: { MAIL_FROM_ADDRESS: mailFromAddress },
    statements: [
      new PolicyStatement({
        actions: ['ses:SendEmail'],
        resources: [mailFromAddress, domain].map(
          (identity) => `arn:${Aws.PARTITION}:ses:${Aws.REGION}:${Aws.ACCOUNT_ID}:identity/${identity}`,
        ),
        conditions: { StringEquals: { 'ses:FromAddress': mailFromAddress } },
      }),
    ],
  };
}
