import { describe, expect, test } from '@jest/globals';
import { assetsOf, inDependencyOrder, stacksOf } from '../../../local/assembly.ts';

const place = { account: '111122223333', region: 'eu-central-1' };
const stack = (id: string, ...dependencies: string[]) => ({ id, name: id, templateFile: `${id}.template.json`, dependencies });
const idsOf = (stacks: { id: string }[]) => stacks.map(({ id }) => id);

describe('the order of deployment', () => {
  test('has each stack after all that it depends on, also over others', () => {
    const stacks = [stack('Operations', 'Api', 'Pipeline'), stack('Api', 'Pipeline'), stack('Pipeline', 'Data'), stack('Data')];
    expect(idsOf(inDependencyOrder(stacks))).toEqual(['Data', 'Pipeline', 'Api', 'Operations']);
  });

  test('is not disturbed by dependencies on things that are no stacks', () => {
    expect(idsOf(inDependencyOrder([stack('Api', 'Api.assets', 'Data'), stack('Data', 'Data.assets')]))).toEqual(['Data', 'Api']);
  });

  test('is refused where stacks depend on each other in a circle, which names them', () => {
    expect(() => inDependencyOrder([stack('Data'), stack('Api', 'Pipeline'), stack('Pipeline', 'Api')])).toThrow('Api, Pipeline');
  });
});

test('stacks are read by the names that they are deployed by; other artifacts are left aside', () => {
  const manifest = {
    artifacts: {
      Tree: { type: 'cdk:tree' },
      Data: {
        type: 'aws:cloudformation:stack',
        dependencies: ['Data.assets'],
        properties: { templateFile: 'Data.json', stackName: 'Tenantry-Data' },
      },
      Api: { type: 'aws:cloudformation:stack', properties: { templateFile: 'Api.json' } },
    },
  };
  expect(stacksOf(manifest)).toEqual([
    { id: 'Data', name: 'Tenantry-Data', templateFile: 'Data.json', dependencies: ['Data.assets'] },
    { id: 'Api', name: 'Api', templateFile: 'Api.json', dependencies: [] },
  ]);
});

describe('assets', () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the assembly's own placeholders.
  const destination = { bucketName: 'cdk-assets-${AWS::AccountId}-${AWS::Region}', objectKey: '0a1b.zip' };

  test('go where the assembly says, in this account and Region', () => {
    const manifest = {
      files: { '0a1b': { source: { path: 'asset.0a1b', packaging: 'zip' as const }, destinations: { here: destination } } },
    };
    expect(assetsOf(manifest, place)).toEqual([
      { path: 'asset.0a1b', packaging: 'zip', bucket: 'cdk-assets-111122223333-eu-central-1', key: '0a1b.zip' },
    ]);
  });

  test('that cannot be made here are refused rather than left out', () => {
    expect(() => assetsOf({ dockerImages: { image: {} } }, place)).toThrow('container images');
    expect(() => assetsOf({ files: { built: { source: {}, destinations: { here: destination } } } }, place)).toThrow('built by a command');
  });
});
