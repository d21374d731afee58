import { Aws } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Configuration } from './configuration.ts';
import type { Ability } from './handler.ts';

/** To send mail from one address, by the identity that SES has verified for it. */
export const sendMail = ({ mailFromAddress, mailIdentity }: Pick<Configuration, 'mailFromAddress' | 'mailIdentity'>): Ability => ({
  environment: { MAIL_FROM_ADDRESS: mailFromAddress },
  statements: [
    new PolicyStatement({
      actions: ['ses:SendEmail'],
      resources: [`arn:${Aws.PARTITION}:ses:${Aws.REGION}:${Aws.ACCOUNT_ID}:identity/${mailIdentity}`],
      conditions: { StringEquals: { 'ses:FromAddress': mailFromAddress } },
    }),
  ],
});
