import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A stack of a synthesised assembly; `dependencies` are artifact ids, `templateFile` is relative to the assembly's folder. */
export type AssemblyStack = { id: string; name: string; templateFile: string; dependencies: string[] };

/** A file asset and where the bootstrap convention wants it; `path` is relative to the assembly. */
export type FileAsset = { path: string; packaging: 'zip' | 'file'; bucket: string; key: string };

/** Names that CloudFormation fills in where the assembly says `${AWS::AccountId}` and the like. */
export type DeploymentPlace = { account: string; region: string };

type Manifest = {
  artifacts: Record<string, { type: string; dependencies?: string[]; properties?: { templateFile?: string; stackName?: string } }>;
};
type AssetManifest = {
  files?: Record<
    string,
    { source: { path?: string; packaging?: 'zip' | 'file' }; destinations: Record<string, { bucketName: string; objectKey: string }> }
  >;
  dockerImages?: Record<string, unknown>;
};

/** Reads the stacks of an assembly in an order in which each comes after those that it depends on. */
export async function readStacks(assembly: string): Promise<AssemblyStack[]> {
  return inDependencyOrder(stacksOf(JSON.parse(await readFile(join(assembly, 'manifest.json'), 'utf8')) as Manifest));
}

/** The stacks that a cloud assembly's manifest lists, in the manifest's order. */
export function stacksOf(manifest: Manifest): AssemblyStack[] {
  return Object.entries(manifest.artifacts)
    .filter(([, artifact]) => artifact.type === 'aws:cloudformation:stack')
    .map(([id, { dependencies = [], properties = {} }]) => {
      if (!properties.templateFile) throw new Error(`The assembly's stack ${id} names no template.`);
      return { id, name: properties.stackName ?? id, templateFile: properties.templateFile, dependencies };
    });
}

/** Sorts stacks so that each comes after its dependencies; dependencies that are no stacks (asset manifests) are left aside. */
export function inDependencyOrder(stacks: AssemblyStack[]): AssemblyStack[] {
  const waiting = new Map(stacks.map((stack) => [stack.id, stack]));
  const ordered: AssemblyStack[] = [];
  while (waiting.size > 0) {
    const ready = [...waiting.values()].filter((stack) => !stack.dependencies.some((dependency) => waiting.has(dependency)));
    if (ready.length === 0) throw new Error(`These stacks depend on each other in a circle: ${[...waiting.keys()].join(', ')}.`);
    for (const stack of ready) waiting.delete(stack.id);
    ordered.push(...ready);
  }
  return ordered;
}

/** Reads every file asset of an assembly, each once. */
export async function readAssets(assembly: string, place: DeploymentPlace): Promise<FileAsset[]> {
  const names = (await readdir(assembly)).filter((name) => name.endsWith('.assets.json')).toSorted();
  const manifests = await Promise.all(names.map(async (name) => JSON.parse(await readFile(join(assembly, name), 'utf8')) as AssetManifest));
  return uniqueAssets(manifests.flatMap((manifest) => assetsOf(manifest, place)));
}

/** The file assets of one asset manifest, with the placeholders of account and Region filled in. */
export function assetsOf(manifest: AssetManifest, place: DeploymentPlace): FileAsset[] {
  if (Object.keys(manifest.dockerImages ?? {}).length > 0) throw new Error('The local stack deploys no container images.');
  return Object.values(manifest.files ?? {}).flatMap(({ source, destinations }) => {
    const { path, packaging = 'file' } = source;
    if (!path) throw new Error('The local stack deploys no assets that are built by a command.');
    return Object.values(destinations).map(({ bucketName, objectKey }) => ({
      path,
      packaging,
      bucket: fillIn(bucketName, place),
      key: fillIn(objectKey, place),
    }));
  });
}

function uniqueAssets(assets: FileAsset[]): FileAsset[] {
  return [...new Map(assets.map((asset) => [`${asset.bucket}/${asset.key}`, asset])).values()];
}

function fillIn(text: string, place: DeploymentPlace): string {
  const values: Record<string, string> = { AccountId: place.account, Region: place.region, Partition: 'aws' };
  return text.replace(/\$\{AWS::(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}
