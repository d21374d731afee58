import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Billing } from './billing.ts';
import type { Configuration } from './configuration.ts';
import { CredentialsVendor } from './credentials-vendor.ts';
import type { DataStack } from './data-stack.ts';
import { DeadLetters } from './dead-letters.ts';
import { RuleReaction } from './rule-reaction.ts';
import { ScheduledReaction } from './scheduled-reaction.ts';
import { Silos } from './silos.ts';
import { Step } from './step.ts';
import { StreamReaction } from './stream-reaction.ts';
import { TenantEvents } from './tenant-events.ts';
import { statusChanged } from './tenant-records.ts';
import { Workflow } from './workflow.ts';

export interface PipelineStackProps extends StackProps {
  readonly data: DataStack;
  readonly configuration: Configuration;
}

/** From a signup whose conditions are met to a working tenant, and back again: the workflows, their steps, and what starts them. */
export class PipelineStack extends Stack {
  readonly onboardTenant: Workflow;
  readonly abandonTenant: Workflow;
  readonly silos: Silos;
  readonly reactions: readonly (StreamReaction | ScheduledReaction | RuleReaction)[];
  readonly reactionsDeadLetters: DeadLetters;
  readonly sweepTenants: ScheduledReaction;

  constructor(scope: Construct, id: string, { data, configuration, ...props }: PipelineStackProps) {
    super(scope, id, { ...props, description: 'Tenantry: the workflow that makes a signup a tenant.' });
    const { records, people, tenantData, tenantUsers, usernameMac, paymentSecret, hostNames } = data;

    const tenantEvents = new TenantEvents(this, 'TenantEvents');
    const vendor = new CredentialsVendor(this, 'CredentialsVendor', { records, tenantData });
    this.silos = new Silos(this, 'Silos', { configuration, vendorRoleArn: vendor.handler.role.roleArn });

    const billing = new Billing(this, 'Billing', { abilities: [records.commit(), paymentSecret.read()] });

    this.onboardTenant = new Workflow(this, 'OnboardTenant', {
      steps: [
        new Step(this, 'PlanTenant', { abilities: [records.commit(), records.countSilos()] }),
        new Step(this, 'DeploySilo', { abilities: [records.commit(), this.silos.deploy()] }),
        new Step(this, 'RegisterHostName', { abilities: [records.commit(), records.releaseSlug(), hostNames.register()] }),
        new Step(this, 'EnqueueBilling', { abilities: [records.commit(), billing.enqueue()] }),
        new Step(this, 'EstablishIsolation', { abilities: [records.commit(), vendor.ask(), vendor.pooledRole(), tenantData.names()] }),
        new Step(this, 'CreateAdminUser', {
          abilities: [records.commit(), people.open(), usernameMac.derive(), tenantUsers.createUser()],
        }),
        new Step(this, 'TestTenant', {
          abilities: [records.commit(), tenantUsers.probeSignIn(), vendor.ask(), tenantData.names()],
        }),
        new Step(this, 'ActivateTenant', { abilities: [records.commit()] }),
        new Step(this, 'InviteAdministrator', { abilities: [records.commit(), tenantUsers.invite()] }),
        new Step(this, 'EmitTenantProvisioned', { abilities: [records.commit(), tenantEvents.emit('TenantProvisioned')] }),
      ],
    });

    this.abandonTenant = new Workflow(this, 'AbandonTenant', {
      steps: [
        new Step(this, 'StopOnboarding', { abilities: [records.commit(), this.onboardTenant.stop(), Step.knowTimeout()] }),
        new Step(this, 'EndBilling', { abilities: [records.commit(), paymentSecret.read()] }),
        new Step(this, 'DeleteAdminUser', {
          abilities: [records.commit(), people.open(), usernameMac.derive(), tenantUsers.deleteUser()],
        }),
        new Step(this, 'EraseNamespace', { abilities: [records.commit(), vendor.ask(), tenantData.names()] }),
        new Step(this, 'ReleaseHostName', { abilities: [records.commit(), hostNames.release()] }),
        new Step(this, 'EmptySilo', { abilities: [records.commit(), this.silos.empty()] }),
        new Step(this, 'DeleteSilo', { abilities: [records.commit(), records.countSilos(), this.silos.delete()] }),
        new Step(this, 'ForgetSignup', { abilities: [records.commit(), records.releaseSlug(), people.erase()] }),
        new Step(this, 'EmitTenantAbandoned', { abilities: [records.commit(), tenantEvents.emit('TenantAbandoned')] }),
      ],
    });

    this.reactionsDeadLetters = new DeadLetters(this, 'ReactionsDeadLetters');
    const review = [
      ...[records.readTenant(), records.commit(), records.changeFindings()],
      ...[this.onboardTenant.review(), this.abandonTenant.review()],
    ];
    this.sweepTenants = new ScheduledReaction(this, 'SweepTenants', {
      everyMinutes: 5,
      timeoutSeconds: 240,
      abilities: [...review, records.findUnfinished(), records.findByStatus(), records.listFindings()],
      deadLetters: this.reactionsDeadLetters,
    });
    this.reactions = [
      new StreamReaction(this, 'StartOnboarding', {
        table: records.tenants,
        when: statusChanged('PENDING', 'PROVISIONING'),
        abilities: [records.readItems(), this.onboardTenant.start()],
        deadLetters: this.reactionsDeadLetters,
      }),
      new ScheduledReaction(this, 'ExpireSignups', {
        everyMinutes: 15,
        timeoutSeconds: 120,
        abilities: [records.findByStatus(), records.commit(), records.releaseSlug(), people.eraseSignup(), billing.enqueue()],
        deadLetters: this.reactionsDeadLetters,
      }),
      new ScheduledReaction(this, 'ReconcileBilling', {
        everyMinutes: 30,
        timeoutSeconds: 300,
        abilities: [
          records.findByTier(),
          records.commit(),
          records.changeFindings(),
          records.findByKind(),
          paymentSecret.read(),
          billing.enqueue(),
        ],
        deadLetters: this.reactionsDeadLetters,
      }),
      new ScheduledReaction(this, 'WatchCells', {
        everyMinutes: 60,
        timeoutSeconds: 30,
        abilities: [records.commit(), records.changeFindings()],
        deadLetters: this.reactionsDeadLetters,
      }),
      this.sweepTenants,
      new RuleReaction(this, 'ReviewRun', {
        when: Workflow.ends([this.onboardTenant, this.abandonTenant]),
        abilities: review,
        deadLetters: this.reactionsDeadLetters,
      }),
    ];

    new CfnOutput(this, 'EventBusName', { value: tenantEvents.bus.eventBusName });
    for (const { node, stateMachine } of [this.onboardTenant, this.abandonTenant])
      new CfnOutput(this, `${node.id}Arn`, { value: stateMachine.stateMachineArn });
  }
}
