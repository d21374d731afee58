import { globSync } from 'node:fs';
import { kebabCase } from '../../lib/project.ts';
import type { DeployedFunction } from '../faults/harness/functions.ts';
import type { Stage } from '../faults/harness/scene.ts';
import { root } from './syntax.ts';
import { importVariant } from './variants.ts';

/** @returns the stage with another variant of every handler */
export async function stageWith(stage: Stage, variant: string): Promise<Stage> {
  const functions = new Map(stage.functions);
  for (const [name, deployed] of functions) {
    const [file] = globSync(`lambdas/{steps,events,isolation,api}/${kebabCase(name)}.ts`, { cwd: root });
    if (!file) throw new Error(`There is no handler for the function ${name}.`);
    const { handler } = (await importVariant(file, variant)) as Pick<DeployedFunction, 'handler'>;
    functions.set(name, { ...deployed, handler });
  }
  return { ...stage, functions };
}
