import { readFileSync } from 'node:fs';
import { Aws, RemovalPolicy } from 'aws-cdk-lib';
import type { EventPattern } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import type { Ability } from './handler.ts';
import { kebabCase, projectPath } from './project.ts';
import type { Step } from './step.ts';
import { TraceSampling } from './trace-sampling.ts';

/** A state machine made of statemachines/<id in kebab case>.asl.json, in which `${CreateAdminUser}` stands for the step of that name. */
export class Workflow extends Construct {
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, { steps }: { readonly steps: readonly Step[] }) {
    super(scope, id);
    const file = `statemachines/${kebabCase(id)}.asl.json`;
    const definition = readFileSync(projectPath(file), 'utf8');
    this.node.addValidation({ validate: () => unbound(file, definition, steps) });

    const logGroup = new LogGroup(this, 'Log', { retention: RetentionDays.THREE_MONTHS, removalPolicy: RemovalPolicy.DESTROY });
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('states.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } } }),
      description: `What ${id} may do: invoke its steps.`,
    });
    role.addToPolicy(
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: steps.map((step) => step.function.functionArn) }),
    );
    this.stateMachine = new StateMachine(this, 'StateMachine', {
      stateMachineType: StateMachineType.STANDARD,
      // As text and not as a file: what is deployed stands in the template, where tests and reviewers see it.
      definitionBody: DefinitionBody.fromString(definition),
      definitionSubstitutions: Object.fromEntries(steps.map((step) => [step.node.id, step.function.functionArn])),
      role,
      // Without execution data, though it is ids only: what happened is in the history and in the audit events.
      logs: { destination: logGroup, level: LogLevel.ERROR, includeExecutionData: false },
      tracingEnabled: true,
    });
    new TraceSampling(this, 'TraceSampling', {
      serviceType: 'AWS::StepFunctions::StateMachine',
      serviceName: this.stateMachine.stateMachineName,
    });
    acknowledge(this.stateMachine, {
      'AwsSolutions-SF1':
        'What goes well is in the execution history, which Step Functions keeps for 90 days, as long as this log is kept, and for good in the audit events of each step. A log of all events would say it a third time.',
    });
    acknowledge(role, {
      'AwsSolutions-IAM5[Resource::*]':
        'Log delivery (logs:*LogDelivery, *ResourcePolicy, DescribeLogGroups) and X-Ray (PutTraceSegments, …) have no narrower resource: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html',
    });
  }

  /**
   * The events of workflows' executions that have ended, and of those that go on after a redrive or as a later generation.
   * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
   */
  static ends(workflows: readonly Workflow[]): EventPattern {
    return {
      source: ['aws.states'],
      detailType: ['Step Functions Execution Status Change'],
      detail: {
        stateMachineArn: workflows.map(({ stateMachine }) => stateMachine.stateMachineArn),
        $or: [
          { status: ['FAILED', 'TIMED_OUT', 'ABORTED', 'SUCCEEDED'] },
          { status: ['RUNNING'], redriveCount: [{ numeric: ['>', 0] }] },
          // An execution's name ends with its generation.
          { status: ['RUNNING'], name: [{ 'anything-but': { suffix: '-1' } }] },
        ],
      },
    };
  }

  /**
   * The calls by which executions of workflows are redriven, as CloudTrail tells of them; it needs a trail in the account:
   * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
   */
  static redriveCalls(workflows: readonly Workflow[]): EventPattern {
    return {
      source: ['aws.states'],
      detailType: ['AWS API Call via CloudTrail'],
      detail: {
        eventSource: ['states.amazonaws.com'],
        eventName: ['RedriveExecution'],
        errorCode: [{ exists: false }],
        requestParameters: { executionArn: workflows.map((workflow) => ({ prefix: workflow.executions().replace(/\*$/, '') })) },
      },
    };
  }

  /** To start executions. */
  start(): Ability {
    return {
      environment: this.environment(),
      statements: [new PolicyStatement({ actions: ['states:StartExecution'], resources: [this.stateMachine.stateMachineArn] })],
    };
  }

  /** To look at executions, and to start those that nobody started. */
  review(): Ability {
    return { ...this.start(), ...this.describe() };
  }

  /** To look at executions. */
  describe(): Ability {
    return {
      wildcard: {
        id: `Describe${this.node.id}`,
        statements: [new PolicyStatement({ actions: ['states:DescribeExecution'], resources: [this.executions()] })],
        reason: 'Executions get their names when they start; all of them are of this one workflow.',
      },
    };
  }

  /** To stop executions. */
  stop(): Ability {
    return {
      environment: this.environment(),
      wildcard: {
        id: `Stop${this.node.id}`,
        statements: [new PolicyStatement({ actions: ['states:StopExecution'], resources: [this.executions()] })],
        reason: 'Executions get their names when they start; all of them are of this one workflow.',
      },
    };
  }

  /** To look at executions, to go on with failed ones, and to start a run anew. */
  redrive(): Ability {
    const { stateMachineArn } = this.stateMachine;
    return {
      environment: this.environment(),
      statements: [
        new PolicyStatement({ actions: ['states:DescribeStateMachine', 'states:StartExecution'], resources: [stateMachineArn] }),
      ],
      wildcard: {
        id: `Redrive${this.node.id}`,
        statements: [
          new PolicyStatement({
            actions: ['states:DescribeExecution', 'states:DescribeStateMachineForExecution', 'states:RedriveExecution'],
            resources: [this.executions()],
          }),
        ],
        reason: 'Executions get their names when they start; all of them are of this one workflow.',
      },
    };
  }

  private executions(): string {
    return `arn:${Aws.PARTITION}:states:${Aws.REGION}:${Aws.ACCOUNT_ID}:execution:${this.stateMachine.stateMachineName}:*`;
  }

  /** OnboardTenant is found in ONBOARD_TENANT_ARN. */
  private environment() {
    const name = kebabCase(this.node.id).replaceAll('-', '_').toUpperCase();
    return { [`${name}_ARN`]: this.stateMachine.stateMachineArn };
  }
}

/** CDK lets a misspelt placeholder through to the deployed definition, so each must have its step and each step its placeholder. */
function unbound(file: string, definition: string, steps: readonly Step[]): string[] {
  const placeholders = new Set([...definition.matchAll(/\$\{([^}]*)\}/g)].map(([, name]) => name as string));
  const names = new Set(steps.map((step) => step.node.id));
  return [
    ...[...placeholders]
      .filter((name) => !names.has(name))
      .map((name) => `${file} names \${${name}}, but no step of that name is given. Steps: ${[...names].join(', ')}.`),
    ...[...names]
      .filter((name) => !placeholders.has(name))
      .map((name) => `The step ${name} is given, but ${file} has no \${${name}}. Add its Task or take the step away.`),
  ];
}
