import { Aws, Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type MathExpression, type Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';

export interface AlarmProps {
  /** What has happened, for whoever is woken by it. */
  readonly what: string;
  /** What to do first. The rest stands in the runbook. */
  readonly first: string;
  readonly metric: Metric | MathExpression;
  /** From which value on it rings; from the first occurrence when nothing is said. */
  readonly threshold?: number;
  /** How long a period is; 5 when nothing is said. */
  readonly minutes?: number;
  /** What it means that there are no data. Most metrics have none while nothing happens; of one that is written all the time, silence is the trouble. */
  readonly silence?: 'is well' | 'is trouble';
  /** The heading of the article in the runbook, where it is not the alarm's own name. */
  readonly article?: string;
}

/**
 * Alarms, and the topic by which people hear of them. The article of an alarm in docs/runbook.md has the alarm's name as its heading, and so its
 * lower case as its anchor.
 */
export class Alarms extends Construct {
  readonly topic: Topic;
  /** In the order in which they were made. */
  readonly all: Alarm[] = [];

  constructor(scope: Construct, id: string, { alarmEmail }: { readonly alarmEmail: string | undefined }) {
    super(scope, id);
    const fromOurAlarms = {
      StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
      ArnLike: { 'aws:SourceArn': `arn:${Aws.PARTITION}:cloudwatch:${Aws.REGION}:${Aws.ACCOUNT_ID}:alarm:*` },
    };
    const cloudWatch = new ServicePrincipal('cloudwatch.amazonaws.com');
    // A key of our own, because CloudWatch may not use the one that AWS manages for SNS.
    const key = new Key(this, 'Key', { description: 'Tenantry: encrypts alarms on their way.', enableKeyRotation: true });
    key.addToResourcePolicy(
      new PolicyStatement({
        principals: [cloudWatch],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: ['*'],
        conditions: { StringEquals: fromOurAlarms.StringEquals },
      }),
    );
    this.topic = new Topic(this, 'Topic', { displayName: 'Tenantry alarms', masterKey: key, enforceSSL: true });
    // A topic with a policy of its own has lost the one that lets alarms of the same account in.
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'Alarms',
        principals: [cloudWatch],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: fromOurAlarms,
      }),
    );
    if (alarmEmail) {
      const subscription = this.topic.addSubscription(new EmailSubscription(alarmEmail));
      acknowledge(subscription, {
        'Serverless-SNSRedrivePolicy': 'Mail cannot be redriven from a queue; the alarm stays visible in CloudWatch.',
      });
    }
  }

  /** Tells people when the metric comes to the threshold in one period, and again when that is over. */
  ring(name: string, { what, first, metric, threshold = 1, minutes = 5, silence = 'is well', article = name }: AlarmProps): Alarm {
    const alarm = new Alarm(this, name, {
      alarmDescription: `${what} First: ${first} See docs/runbook.md#${article.toLowerCase()}.`,
      metric: metric.with({ period: Duration.minutes(minutes) }),
      threshold,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: silence === 'is well' ? TreatMissingData.NOT_BREACHING : TreatMissingData.BREACHING,
    });
    const tell = new SnsAction(this.topic);
    alarm.addAlarmAction(tell);
    alarm.addOkAction(tell);
    this.all.push(alarm);
    return alarm;
  }
}
