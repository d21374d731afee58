import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { DescribeStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { stateDirectory } from '../../../local/checkout.ts';
import { type LocalStack, startLocalStack } from '../../../local/stack.ts';
import { parseDefinition } from '../../../local/step-functions/definition-validation.ts';
import type { StateMachine } from '../../../local/step-functions/execution.ts';
import { stopReactions } from '../../../local/stop-reactions.ts';
import { synthesise } from '../../../local/synthesise.ts';
import { Strangers } from '../strangers/strangers.ts';
import { type Deployed, deployedResources } from './deployed.ts';
import { deployedFunctions } from './functions.ts';
import { PaymentsDesk } from './payments-desk.ts';
import { RoleSessions } from './role-sessions.ts';
import type { Stage } from './scene.ts';
import { takeOver } from './sdk-calls.ts';
import { SiloWatch } from './silo-watch.ts';

/** The local stack as the matrix uses it: everything deployed, and nothing that happens by itself. */
export interface FaultStack {
  readonly local: LocalStack;
  readonly assembly: string;
  readonly resources: readonly Deployed[];
  readonly stage: Stage;
  stop(): Promise<void>;
}

/** Brings a local stack of its own up, and takes over what the handlers take from outside. Once a process. */
export async function startFaultStack(log: (line: string) => void): Promise<FaultStack> {
  const recordFile = join(stateDirectory, `faults-${process.pid}.json`);
  const local = await startLocalStack({ log, recordFile });
  try {
    const assembly = await synthesise({ log });
    const { endpoint, region, credentials } = local;
    const resources = await deployedResources(assembly, local);
    // Streams, queues and schedules wake nobody: who is woken, when, and how often is the matrix's to say.
    await stopReactions({ endpoint, region, credentials: { ...credentials } });
    takeOver({ endpoint, region });
    const functions = await deployedFunctions(resources, local);
    const workflows = await deployedWorkflows(resources, { endpoint, region, credentials: { ...credentials } });
    const desk = await PaymentsDesk.open(local.payments);
    const stop = async () => {
      desk.close();
      await local.stop();
      await rm(local.logFile, { force: true });
    };
    return {
      local,
      assembly,
      resources,
      stage: {
        functions,
        workflows,
        desk,
        sessions: new RoleSessions(local),
        silos: new SiloWatch(local),
        strangers: new Strangers(local),
      },
      stop,
    };
  } catch (error) {
    await local.stop();
    throw error;
  }
}

type Configuration = { endpoint: string; region: string; credentials: LocalStack['credentials'] };

async function deployedWorkflows(resources: readonly Deployed[], configuration: Configuration): Promise<Stage['workflows']> {
  const client = new SFNClient(configuration);
  try {
    const workflows = new Map<string, StateMachine>();
    for (const { path, physicalId: stateMachineArn } of resources.filter(({ type }) => type === 'AWS::StepFunctions::StateMachine')) {
      const { definition = '', name = '', roleArn = '' } = await client.send(new DescribeStateMachineCommand({ stateMachineArn }));
      workflows.set(path.split('/').at(-2) ?? '', { arn: stateMachineArn, name, roleArn, definition: parseDefinition(definition) });
    }
    const [onboard, abandon] = [workflows.get('OnboardTenant'), workflows.get('AbandonTenant')];
    if (!onboard || !abandon || workflows.size > 2) throw new Error(`Not these workflows are deployed: ${[...workflows.keys()]}.`);
    return { onboard, abandon };
  } finally {
    client.destroy();
  }
}
