import { expect, test } from '@jest/globals';
import { localTemplate } from '../../../local/local-template.ts';

const endpoint = 'http://127.0.0.1:4566';
const region = { Ref: 'AWS::Region' };
const suffix = { Ref: 'AWS::URLSuffix' };
const join = (...parts: (string | object)[]) => ({ 'Fn::Join': ['', parts] }) as never;

test.each([
  ['of an API in the same stack', { Ref: 'Api' }],
  ['of an API in another stack', { 'Fn::ImportValue': 'Tenantry-Api:Api' }],
])('the address %s becomes one that this machine reaches, with its stage and path', (_name, api) => {
  const template = join('https://', api, '.execute-api.', region, '.', suffix, '/', { Ref: 'Stage' }, '/signups');
  expect(localTemplate(template, endpoint)).toEqual(join(`${endpoint}/_aws/execute-api/`, api, '/', { Ref: 'Stage' }, '/signups'));
});

test('an address whose Region and suffix are written out is replaced too', () => {
  const template = join('https://', { Ref: 'Api' }, '.execute-api.eu-central-1.amazonaws.com/v1');
  expect(localTemplate(template, endpoint)).toEqual(join(`${endpoint}/_aws/execute-api/`, { Ref: 'Api' }, '/v1'));
});

test('it is replaced wherever it stands, and nothing beside it changes', () => {
  const address = join('https://', { Ref: 'Api' }, '.execute-api.', region, '.', suffix, '/v1');
  const local = join(`${endpoint}/_aws/execute-api/`, { Ref: 'Api' }, '/v1');
  const template = (url: never) => ({
    Resources: {
      Send: { Type: 'AWS::Lambda::Function', Properties: { Timeout: 20, Environment: { Variables: { PUBLIC_URL: url, EMPTY: '' } } } },
      Rule: { Properties: { Enabled: true, Nothing: null, Names: ['a', 1, url] } },
    },
    Outputs: { ApiUrl: { Value: join('see ', url) } },
  });
  expect(localTemplate(template(address), endpoint)).toEqual(template(local));
});

test.each([
  [
    'a grant to invoke the API',
    join('arn:aws:execute-api:', region, ':', { Ref: 'AWS::AccountId' }, ':', { Ref: 'Api' }, '/v1/GET/tenants'),
  ],
  ['an address on another host', join('https://', { Ref: 'Domain' }, '/signups')],
  ['a join by something else', { 'Fn::Join': [',', ['https://', { Ref: 'Api' }, '.execute-api.', region, '.', suffix]] }],
])('%s stays as it is', (_name, value) => {
  expect(localTemplate(value, endpoint)).toEqual(value);
});

test('an address of customers that the deployment was given is never used locally', () => {
  const template = (url: unknown) => ({
    Resources: {
      Api: { Type: 'AWS::ApiGateway::RestApi' },
      Stage: { Type: 'AWS::ApiGateway::Stage', Properties: { StageName: 'v1', RestApiId: { Ref: 'Api' } } },
      Send: { Properties: { Environment: { Variables: { PUBLIC_URL: url, DOCS: 'https://api.example.com/docs' } } } },
    },
    Outputs: { ApiUrl: { Value: url } },
  });
  const local = join(`${endpoint}/_aws/execute-api/`, { Ref: 'Api' }, '/v1');
  expect(localTemplate(template('https://api.example.com') as never, endpoint)).toEqual(template(local));
});

test('what joins a firewall to the API and to its log is left out, and the firewall is not', () => {
  const kept = { Firewall: { Type: 'AWS::WAFv2::WebACL' }, Stage: { Type: 'AWS::ApiGateway::Stage' } };
  const unknown = { Before: { Type: 'AWS::WAFv2::WebACLAssociation' }, Log: { Type: 'AWS::WAFv2::LoggingConfiguration' } };
  expect(localTemplate({ Resources: { ...kept, ...unknown } }, endpoint)).toEqual({ Resources: kept });
});
