/** A CloudFormation template, or a part of one, as JSON. */
export type TemplateValue = string | number | boolean | null | TemplateValue[] | { [name: string]: TemplateValue };

/**
 * What is changed in a synthesised template before it is deployed locally. Each change is explained in local/DIFFERENCES.md,
 * and there is no other: everything else is deployed as it would be on AWS.
 */
export function localTemplate(template: TemplateValue, endpoint: string): TemplateValue {
  return withLocalApiAddresses(withoutPublicUrl(withoutUnknown(template)), endpoint);
}

type Template = {
  Resources?: Record<string, { Type?: string; Properties?: { StageName?: string } }>;
  Outputs?: Record<string, { Value?: unknown }>;
};

/**
 * Replaces the address that customers use, where the deployment's context gives one, by the address that API Gateway gives the API:
 * nothing that runs locally may send anybody, or itself, to a deployment on AWS.
 */
function withoutPublicUrl(template: TemplateValue): TemplateValue {
  const { Resources = {}, Outputs = {} } = template as Template;
  const publicUrl = Outputs['ApiUrl']?.Value;
  if (typeof publicUrl !== 'string') return template;
  const named = Object.entries(Resources);
  const [api] = named.find(([, { Type }]) => Type === 'AWS::ApiGateway::RestApi') ?? [];
  const [, stage] = named.find(([, { Type }]) => Type === 'AWS::ApiGateway::Stage') ?? [];
  if (!api || !stage?.Properties?.StageName) throw new Error(`The template has no REST API to serve ${publicUrl} by.`);
  const address = {
    'Fn::Join': [
      '',
      ['https://', { Ref: api }, '.execute-api.', { Ref: 'AWS::Region' }, '.', { Ref: 'AWS::URLSuffix' }, `/${stage.Properties.StageName}`],
    ],
  };
  return replaced(template, publicUrl, address);
}

function replaced(value: TemplateValue, text: string, replacement: TemplateValue): TemplateValue {
  if (value === text) return replacement;
  if (Array.isArray(value)) return value.map((part) => replaced(part, text, replacement));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, replaced(part, text, replacement)]));
}

/** What MiniStack's CloudFormation does not know. Its API Gateway asks no firewall, and nothing is traced, so nothing else would come of them. */
const unknownTypes = ['AWS::WAFv2::WebACLAssociation', 'AWS::WAFv2::LoggingConfiguration', 'AWS::XRay::SamplingRule'];

/** Leaves out what joins the web application firewall to the API and to its log, and what X-Ray records; nothing may refer to these. */
function withoutUnknown(template: TemplateValue): TemplateValue {
  if (!isObject(template) || !isObject(template['Resources'])) return template;
  const known = Object.entries(template['Resources']).filter(
    ([, resource]) => !isObject(resource) || !unknownTypes.includes(String(resource['Type'])),
  );
  return { ...template, Resources: Object.fromEntries(known) };
}

const isObject = (value: TemplateValue | undefined): value is { [name: string]: TemplateValue } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Between the parts of a joined text, a part that is no text is stood for by its number between these. */
const partMark = '\u0000';
const apiAddress = new RegExp(
  `https://(${partMark}\\d+${partMark})\\.execute-api\\.(?:${partMark}\\d+${partMark}|[a-z0-9-]+)\\.(?:${partMark}\\d+${partMark}|amazonaws\\.com(?:\\.cn)?)`,
  'g',
);

/**
 * Replaces the address of a REST API on AWS by the one that this machine can reach, wherever a template composes it
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-call-api.html).
 */
function withLocalApiAddresses(value: TemplateValue, endpoint: string): TemplateValue {
  if (Array.isArray(value)) return value.map((part) => withLocalApiAddresses(part, endpoint));
  if (value === null || typeof value !== 'object') return value;
  const join = value['Fn::Join'];
  if (Array.isArray(join) && join[0] === '' && Array.isArray(join[1])) return { 'Fn::Join': ['', joinedParts(join[1], endpoint)] };
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, withLocalApiAddresses(part, endpoint)]));
}

function joinedParts(parts: TemplateValue[], endpoint: string): TemplateValue[] {
  const text = parts.map((part, index) => (typeof part === 'string' ? part : `${partMark}${index}${partMark}`)).join('');
  const replaced = text.replace(apiAddress, `${endpoint}/_aws/execute-api/$1`);
  return replaced.split(partMark).flatMap((piece, position) => {
    // Marks come in pairs, so every second piece is the number of a part.
    if (position % 2 === 0) return piece === '' ? [] : [piece];
    return [withLocalApiAddresses(parts[Number(piece)] ?? '', endpoint)];
  });
}
