import { EventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { eventSource, type events } from '../contracts/events.ts';
import type { Ability } from './handler.ts';

/** The bus on which other teams hear of tenants. They need its name alone: their rules and queues are their own. */
export class TenantEvents extends Construct {
  static readonly busName = 'tenantry';
  readonly bus: EventBus;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.bus = new EventBus(this, 'Bus', { eventBusName: TenantEvents.busName, description: 'Tenantry: what happens to tenants.' });
  }

  /** To say that this has happened, and nothing else. */
  emit(detailType: keyof typeof events): Ability {
    return {
      environment: { EVENT_BUS_NAME: this.bus.eventBusName },
      statements: [
        new PolicyStatement({
          actions: ['events:PutEvents'],
          resources: [this.bus.eventBusArn],
          conditions: { StringEquals: { 'events:source': eventSource, 'events:detail-type': detailType } },
        }),
      ],
    };
  }
}
