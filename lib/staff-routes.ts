import { Duration } from 'aws-cdk-lib';
import { AuthorizationType, CognitoUserPoolsAuthorizer } from 'aws-cdk-lib/aws-apigateway';
import { Construct } from 'constructs';
import type { Api } from './api.ts';
import type { DataStack } from './data-stack.ts';
import { DeadLetters } from './dead-letters.ts';
import { Handler } from './handler.ts';
import type { PipelineStack } from './pipeline-stack.ts';
import { RuleReaction } from './rule-reaction.ts';
import { Step } from './step.ts';
import { Workflow } from './workflow.ts';

export interface StaffRoutesProps {
  readonly api: Api;
  readonly data: DataStack;
  readonly pipeline: PipelineStack;
}

/** What staff may see and do. The gateway lets a valid ID token of the staff pool through; the handlers ask for the group that it needs. */
export class StaffRoutes extends Construct {
  constructor(scope: Construct, id: string, { api, data, pipeline }: StaffRoutesProps) {
    super(scope, id);
    const { records, people, staff, usernameMac, paymentSecret, hostNames } = data;
    const { onboardTenant, abandonTenant, silos } = pipeline;
    const authorizer = new CognitoUserPoolsAuthorizer(this, 'StaffAuthorizer', {
      cognitoUserPools: [staff.userPool],
      // Not remembered: a token that has ended is refused at once.
      resultsCacheTtl: Duration.seconds(0),
    });
    const redriveTenant = new Handler(this, 'RedriveTenant', {
      folder: 'api',
      abilities: [records.readTenant(), records.commit(), onboardTenant.redrive(), abandonTenant.redrive()],
    });
    new RuleReaction(this, 'AttributeRedrive', {
      when: Workflow.redriveCalls([onboardTenant, abandonTenant]),
      abilities: [
        ...[records.commit(), onboardTenant.describe(), abandonTenant.describe()],
        { environment: { REDRIVE_ROLE_ARN: redriveTenant.role.roleArn } },
      ],
      deadLetters: new DeadLetters(this, 'AttributeRedriveDeadLetters'),
    });
    const handlers = [
      redriveTenant,
      new Handler(this, 'RetryTenant', {
        folder: 'api',
        abilities: [
          ...[records.readTenant(), records.commit(), records.releaseSlug(), people.change(), usernameMac.derive(), hostNames.known()],
          ...[onboardTenant.review(), Step.knowTimeout()],
        ],
      }),
      new Handler(this, 'ListTenants', { folder: 'api', abilities: [records.listTenants()] }),
      new Handler(this, 'GetTenant', { folder: 'api', abilities: [records.readTenant()] }),
      new Handler(this, 'ListTenantEvents', { folder: 'api', abilities: [records.readEvents()] }),
      new Handler(this, 'ListFindings', { folder: 'api', abilities: [records.listFindings()] }),
      new Handler(this, 'CheckBilling', {
        folder: 'api',
        abilities: [records.commit(), records.changeFindings(), paymentSecret.read()],
      }),
      new Handler(this, 'ShowOnboarding', { folder: 'api', abilities: [records.readItems()] }),
      new Handler(this, 'PauseOnboarding', { folder: 'api', abilities: [records.commit(), records.changeFindings()] }),
      new Handler(this, 'ResumeOnboarding', { folder: 'api', abilities: [records.commit(), records.changeFindings()] }),
      new Handler(this, 'ListCells', { folder: 'api', abilities: [records.readCells()] }),
      new Handler(this, 'ListSilos', { folder: 'api', abilities: [records.listByTier(), silos.version()] }),
      new Handler(this, 'DiffSilo', { folder: 'api', abilities: [silos.compareTemplates()] }),
      new Handler(this, 'AbandonTenant', { folder: 'api', abilities: [records.commit(), abandonTenant.start()] }),
    ];
    for (const handler of handlers) api.serve(handler, { authorizer, authorizationType: AuthorizationType.COGNITO });
  }
}
