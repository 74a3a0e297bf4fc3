import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { toLocalAddresses } from '../../local/addresses';
import type { Json, JsonObject } from '../../local/json/json';
import { readCloudAssembly, type CloudAssembly } from '../../local/template/cloud-assembly';
import { planDeployment } from '../../local/template/deployment';
import type { DeclaredResource, ResourceModel } from '../../local/template/resource-model';

/** A model that remembers what it was told to create. */
function recordingModel(type: string, created: unknown[] = []): ResourceModel {
  return {
    type,
    properties: ['Name', 'QueueName', 'Target', 'Text'],
    ignoredProperties: { Tags: 'nothing reads them here' },
    ref: (resource) => resource.physicalName,
    attributes: { Arn: (resource) => `arn:${resource.physicalName}` },
    create: (properties, resource) => {
      created.push([resource.stackName, resource.logicalId, properties]);
    },
  };
}

const QUEUE = 'AWS::SQS::Queue';
const RULE = 'AWS::Events::Rule';

function assemblyOf(templates: Record<string, Json>): CloudAssembly {
  const stacks = Object.entries(templates).map(([name, template]) => ({
    name,
    template: template as JsonObject,
  }));
  return { stacks, assetDirectory: () => '' };
}

/** Plans one stack called Chat with these resources, and the rest of its template. */
function plan(
  resources: JsonObject,
  rest: JsonObject = {},
  models = [recordingModel(QUEUE), recordingModel(RULE)],
) {
  return planDeployment(assemblyOf({ Chat: { Resources: resources, ...rest } }), models);
}

describe('planning a deployment', () => {
  test('resources are created in the order of the models, with references resolved', async () => {
    const created: unknown[] = [];
    const models = [recordingModel(QUEUE, created), recordingModel(RULE, created)];
    const deployment = plan(
      {
        OnMessage: { Type: RULE, Properties: { Target: { 'Fn::GetAtt': ['Undelivered', 'Arn'] } } },
        Undelivered: { Type: QUEUE, Properties: { Text: { Ref: 'AWS::StackName' } } },
      },
      {},
      models,
    );
    await deployment.create();
    expect(created).toEqual([
      ['Chat', 'Undelivered', { Text: 'Chat' }],
      ['Chat', 'OnMessage', { Target: 'arn:Chat-Undelivered' }],
    ]);
  });

  test('nothing is created when any stack holds something that is not modelled', () => {
    const created: unknown[] = [];
    const assembly = assemblyOf({
      Data: { Resources: { Kept: { Type: QUEUE } } },
      Chat: { Resources: { Cache: { Type: 'AWS::ElastiCache::CacheCluster' } } },
    });
    expect(() => planDeployment(assembly, [recordingModel(QUEUE, created)])).toThrow(
      'Chat/Cache: the resource type AWS::ElastiCache::CacheCluster is not modelled by the local runtime',
    );
    expect(created).toEqual([]);
  });

  test.each<[string, JsonObject, JsonObject, string]>([
    [
      'an unmodelled property',
      { Q: { Type: QUEUE, Properties: { FifoQueue: true } } },
      {},
      'Chat/Q: the property FifoQueue of AWS::SQS::Queue is not modelled by the local runtime',
    ],
    [
      'an unmodelled attribute',
      { Q: { Type: QUEUE }, R: { Type: RULE, Properties: { Target: { 'Fn::GetAtt': ['Q', 'Url'] } } } },
      {},
      'Chat/R: Fn::GetAtt Q.Url (AWS::SQS::Queue) is not modelled by the local runtime',
    ],
    [
      'an unmodelled intrinsic function',
      { Q: { Type: QUEUE, Properties: { Text: { 'Fn::GetAZs': '' } } } },
      {},
      'Chat/Q: the intrinsic function Fn::GetAZs is not modelled by the local runtime',
    ],
    [
      'a Ref of a type that has no name here',
      { P: { Type: 'AWS::CDK::Metadata' }, Q: { Type: QUEUE, Properties: { Text: { Ref: 'P' } } } },
      {},
      'Chat/Q: Ref of P (AWS::CDK::Metadata) is not modelled by the local runtime',
    ],
    [
      'a resource key that changes the deployment',
      { Q: { Type: QUEUE, UpdatePolicy: {} } },
      {},
      'Chat/Q: the resource key UpdatePolicy is not modelled by the local runtime',
    ],
    [
      'a macro',
      {},
      { Transform: 'AWS::Serverless-2016-10-31' },
      'Chat: the template section Transform is not modelled',
    ],
    [
      'a parameter without default',
      { Q: { Type: QUEUE, Properties: { Text: { Ref: 'P' } } } },
      { Parameters: { P: { Type: 'String' } } },
      'Chat/Q: the parameter P has no default',
    ],
    [
      'a parameter that a deployment would read from SSM',
      { Q: { Type: QUEUE, Properties: { Text: { Ref: 'P' } } } },
      { Parameters: { P: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/x' } } },
      'Chat/Q: the parameter P (AWS::SSM::Parameter::Value<String>) is not modelled',
    ],
    [
      'a reference to a resource whose condition does not hold',
      { Q: { Type: QUEUE, Condition: 'Never' }, R: { Type: RULE, Properties: { Target: { Ref: 'Q' } } } },
      { Conditions: { Never: { 'Fn::Equals': ['a', 'b'] } } },
      'Chat/R: there is no parameter or resource Q',
    ],
    [
      'a name that depends on itself',
      { Q: { Type: QUEUE, Properties: { QueueName: { 'Fn::Sub': '${Q}-1' } } } },
      {},
      'Chat/Q: the name of Q depends on itself',
    ],
    [
      'an import that nobody exports',
      { Q: { Type: QUEUE, Properties: { Text: { 'Fn::ImportValue': 'Data:X' } } } },
      {},
      'Chat/Q: no stack before this one exports Data:X',
    ],
    [
      'an unmodelled output',
      {},
      { Outputs: { O: { Value: { 'Fn::GetAZs': '' } } } },
      'Chat/Outputs.O: the intrinsic',
    ],
  ])('%s stops with one line that names stack and logical id', (_, resources, rest, line) => {
    expect(() => plan(resources, rest)).toThrow(line);
  });

  test('what the model ignores is not even resolved, and AWS::NoValue makes an unmodelled property absent', async () => {
    const created: unknown[] = [];
    const properties = { Tags: [{ 'Fn::GetAZs': '' }], FifoQueue: { Ref: 'AWS::NoValue' } };
    await plan({ Q: { Type: QUEUE, Properties: properties } }, {}, [recordingModel(QUEUE, created)]).create();
    expect(created).toEqual([['Chat', 'Q', {}]]);
  });

  test('an error of a model while creating says which resource it was', async () => {
    const failing: ResourceModel = {
      ...recordingModel(QUEUE),
      create: () => {
        throw new Error('a redrive policy is not modelled');
      },
    };
    await expect(plan({ Q: { Type: QUEUE } }, {}, [failing]).create()).rejects.toThrow(
      'Chat/Q: a redrive policy is not modelled',
    );
  });

  test('exports and outputs of earlier stacks reach later ones', async () => {
    const created: unknown[] = [];
    const assembly = assemblyOf({
      Data: {
        Resources: { Q: { Type: QUEUE } },
        Outputs: {
          Exported: { Value: { Ref: 'Q' }, Export: { Name: { 'Fn::Sub': '${AWS::StackName}:Q' } } },
        },
      },
      Chat: {
        Resources: {
          R: { Type: RULE, Properties: { Target: { 'Fn::ImportValue': 'Data:Q' } } },
          S: {
            Type: RULE,
            Properties: { Target: { 'Fn::GetStackOutput': { StackName: 'Data', OutputName: 'Exported' } } },
          },
        },
      },
    });
    const deployment = planDeployment(assembly, [recordingModel(QUEUE), recordingModel(RULE, created)]);
    await deployment.create();
    expect(created).toEqual([
      ['Chat', 'R', { Target: 'Data-Q' }],
      ['Chat', 'S', { Target: 'Data-Q' }],
    ]);
    expect(deployment.outputs).toEqual({ Data: { Exported: 'Data-Q' }, Chat: {} });
  });

  test('parameters, mappings and conditions decide values, resources and outputs', async () => {
    const created: unknown[] = [];
    const deployment = plan(
      {
        Q: { Type: QUEUE, Properties: { Text: { 'Fn::FindInMap': ['Size', { Ref: 'Stage' }, 'Name'] } } },
        OnlyInProduction: { Type: QUEUE, Condition: 'IsProd' },
      },
      {
        Parameters: { Stage: { Type: 'String', Default: 'dev' } },
        Mappings: { Size: { dev: { Name: 'small' } } },
        Conditions: { IsProd: { 'Fn::Equals': [{ Ref: 'Stage' }, 'prod'] } },
        Outputs: { Never: { Condition: 'IsProd', Value: 'x' }, Stage: { Value: { Ref: 'Stage' } } },
      },
      [recordingModel(QUEUE, created)],
    );
    await deployment.create();
    expect(created).toEqual([['Chat', 'Q', { Text: 'small' }]]);
    expect(deployment.outputs).toEqual({ Chat: { Stage: 'dev' } });
  });

  test("CDK's bootstrap parameter, its rule and its metadata resource are ignored on purpose", () => {
    const deployment = plan(
      {
        CDKMetadata: {
          Type: 'AWS::CDK::Metadata',
          Properties: { Analytics: 'x' },
          Condition: 'CDKMetadataAvailable',
        },
      },
      {
        Parameters: {
          BootstrapVersion: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/cdk-bootstrap' },
        },
        Rules: {
          CheckBootstrapVersion: { Assertions: [{ Assert: { 'Fn::Not': [{ 'Fn::Contains': [[], ''] }] } }] },
        },
        Conditions: { CDKMetadataAvailable: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'us-east-1'] } },
      },
    );
    expect(deployment.resources).toEqual([]);
  });
});

describe('the names of resources', () => {
  test.each<[string, JsonObject, Partial<DeclaredResource>]>([
    ['without metadata and name', {}, { constructId: 'Q1A2B', physicalName: 'Chat-Q1A2B' }],
    [
      'with a CDK path that ends in Resource',
      { Metadata: { 'aws:cdk:path': 'Chat/Rooms/Outbox/Resource' } },
      { constructId: 'Outbox' },
    ],
    [
      'with a CDK path of a first-level construct',
      { Metadata: { 'aws:cdk:path': 'Chat/Outbox' } },
      { constructId: 'Outbox' },
    ],
    ['with a name from the template', { Properties: { QueueName: 'failed' } }, { physicalName: 'failed' }],
    [
      'with a name that is put together',
      { Properties: { QueueName: { 'Fn::Join': ['-', ['failed', { Ref: 'AWS::Region' }]] } } },
      { physicalName: 'failed-us-east-1' },
    ],
  ])('%s', (_, declared, expected) => {
    const [resource] = plan({ Q1A2B: { Type: QUEUE, ...declared } }).resources;
    expect(resource).toMatchObject({ logicalId: 'Q1A2B', stackName: 'Chat', ...expected });
  });
});

describe('reading a cloud assembly', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'parley-assembly-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));
  const write = (name: string, content: Json) =>
    writeFileSync(path.join(directory, name), JSON.stringify(content));

  test('stacks come after those they depend on, under the name they would be deployed by', () => {
    write('manifest.json', {
      artifacts: {
        Chat: {
          type: 'aws:cloudformation:stack',
          properties: { templateFile: 'c.json' },
          dependencies: ['Data'],
        },
        Data: {
          type: 'aws:cloudformation:stack',
          properties: { templateFile: 'd.json', stackName: 'ParleyData' },
        },
        Tree: { type: 'cdk:tree', properties: { file: 'tree.json' } },
      },
    });
    write('c.json', { Resources: {} });
    write('d.json', { Description: 'data' });
    expect(readCloudAssembly(directory).stacks).toEqual([
      { name: 'ParleyData', template: { Description: 'data' } },
      { name: 'Chat', template: { Resources: {} } },
    ]);
  });

  test('the code of a function is found by the S3 key that it would be published under', () => {
    write('manifest.json', {
      artifacts: { 'Chat.assets': { type: 'cdk:asset-manifest', properties: { file: 'a.json' } } },
    });
    write('a.json', {
      files: {
        abc: {
          source: { path: 'asset.abc', packaging: 'zip' },
          destinations: { current: { objectKey: 'abc.zip' } },
        },
        tpl: {
          source: { path: 'Chat.json', packaging: 'file' },
          destinations: { current: { objectKey: 'tpl.json' } },
        },
      },
      dockerImages: {},
    });
    const assembly = readCloudAssembly(directory);
    expect(assembly.assetDirectory({ S3Bucket: 'cdk-assets', S3Key: 'abc.zip' })).toBe(
      path.join(directory, 'asset.abc'),
    );
    expect(() => assembly.assetDirectory({ S3Bucket: 'cdk-assets', S3Key: 'tpl.json' })).toThrow(
      'no directory asset',
    );
    expect(() => assembly.assetDirectory({ ZipFile: 'exports.handler = 1' })).toThrow('no directory asset');
  });

  test('a nested assembly is refused by name', () => {
    write('manifest.json', { artifacts: { Prod: { type: 'cdk:cloud-assembly', properties: {} } } });
    expect(() => readCloudAssembly(directory)).toThrow(
      'Prod: an artifact of type cdk:cloud-assembly is not modelled',
    );
  });

  test('container images are refused', () => {
    write('manifest.json', {
      artifacts: { 'Chat.assets': { type: 'cdk:asset-manifest', properties: { file: 'a.json' } } },
    });
    write('a.json', { files: {}, dockerImages: { x: {} } });
    expect(() => readCloudAssembly(directory)).toThrow(
      'Chat.assets: container image assets are not modelled',
    );
  });
});

describe('local addresses', () => {
  test.each<[Json, Json]>([
    ['https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/dev', 'http://127.0.0.1:8080/dev'],
    ['wss://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/dev', 'ws://127.0.0.1:8080/dev'],
    [
      { Variables: { CALLBACK_URL: 'https://a1.execute-api.us-east-1.amazonaws.com', LEVEL: 'info' } },
      { Variables: { CALLBACK_URL: 'http://127.0.0.1:8080', LEVEL: 'info' } },
    ],
    ['https://h1.execute-api.us-east-1.amazonaws.com/tickets', 'http://127.0.0.1:8080/http/tickets'],
    [
      'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_a1b2c3d4e',
      'http://127.0.0.1:8080/user-pools/us-east-1_a1b2c3d4e',
    ],
    ['https://cognito-idp.us-east-1.amazonaws.com/', 'https://cognito-idp.us-east-1.amazonaws.com/'],
    [
      'https://parley-dev.auth.us-east-1.amazoncognito.com/login',
      'http://127.0.0.1:8080/user-pool-domains/parley-dev/login',
    ],
    [
      'https://parley-dev.auth.us-east-1.amazoncognito.com.example.com/',
      'https://parley-dev.auth.us-east-1.amazoncognito.com.example.com/',
    ],
    ['https://sqs.us-east-1.amazonaws.com/', 'https://sqs.us-east-1.amazonaws.com/'],
    [
      'arn:aws:execute-api:us-east-1:000000000000:a1/dev/*',
      'arn:aws:execute-api:us-east-1:000000000000:a1/dev/*',
    ],
    [
      'https://a1.execute-api.us-east-1.amazonaws.com.example.com/',
      'https://a1.execute-api.us-east-1.amazonaws.com.example.com/',
    ],
  ])('%j becomes %j', (value, expected) => {
    const place = { port: 8080, httpApis: new Set(['h1']) };
    expect(toLocalAddresses(value, place)).toEqual(expected);
  });
});
