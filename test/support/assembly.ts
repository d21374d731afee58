import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { synthesise } from '../../local/synthesise.ts';

/** A resource of a template. `path` is its construct's path, which reads better than its logical id. */
export interface Resource {
  readonly id: string;
  readonly path: string;
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: the shape is CloudFormation's, a different one for each type.
  readonly properties: any;
  readonly deletionPolicy: string | undefined;
  readonly updateReplacePolicy: string | undefined;
}

interface Template {
  readonly Resources: Record<
    string,
    { Type: string; Properties?: unknown; Metadata?: Record<string, string>; DeletionPolicy?: string; UpdateReplacePolicy?: string }
  >;
  readonly Outputs?: Record<string, { Value: unknown }>;
}

export const stackIds = ['Tenantry-Data', 'Tenantry-Pipeline', 'Tenantry-Api', 'Tenantry-ExampleConsumer', 'Tenantry-Operations'] as const;
export type StackId = (typeof stackIds)[number];

/** The synthesised app, read as documents: what is tested is what is deployed, on AWS and locally. */
export class Assembly {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  template(stack: StackId): Template {
    return JSON.parse(readFileSync(join(this.directory, `${stack}.template.json`), 'utf8'));
  }

  /** @returns the resources of one stack, or of all, that are of a type, or all of them */
  resources(type?: string, stack?: StackId): Resource[] {
    return (stack ? [stack] : stackIds)
      .flatMap((each) => Object.entries(this.template(each).Resources))
      .filter(([, { Type }]) => !type || Type === type)
      .map(([id, { Type, Properties, Metadata, DeletionPolicy, UpdateReplacePolicy }]) => ({
        id,
        path: (Metadata?.['aws:cdk:path'] ?? id).replace(/\/(Resource|Default)$/, ''),
        type: Type,
        properties: Properties ?? {},
        deletionPolicy: DeletionPolicy,
        updateReplacePolicy: UpdateReplacePolicy,
      }));
  }

  /** @returns the code of a function, bundled */
  codeOf(lambda: Resource): string {
    const [hash] = lambda.properties.Code.S3Key.split('.');
    return readFileSync(join(this.directory, `asset.${hash}`, 'index.js'), 'utf8');
  }
}

let assembly: Promise<Assembly> | undefined;

/** Synthesises the app, or takes the assembly that was made of the same sources before. */
export function synthesisedAssembly(): Promise<Assembly> {
  assembly ??= synthesise({ log: () => undefined }).then((directory) => new Assembly(directory));
  return assembly;
}
