import { createClock } from '../../local/clock';
import { createCredentials } from '../../local/credentials';
import { NO_FAULTS } from '../../local/faults/faults';
import { Gateway } from '../../local/gateway/gateway';
import { gatewayModels } from '../../local/gateway/models';
import { parseSelectionExpression } from '../../local/gateway/route-selection';
import type { JsonObject } from '../../local/json/json';
import { Services } from '../../local/service';
import { declarer, lambdaUri } from './gateway-fixture';

function newGateway(): Gateway {
  return new Gateway({
    services: new Services(),
    clock: createClock(),
    faults: NO_FAULTS,
    credentials: createCredentials(),
  });
}

const API = { ProtocolType: 'WEBSOCKET', RouteSelectionExpression: '$request.body.action' };

/** Declares an API, an integration and an authorizer, and gives what then declares one more resource. */
function prepared() {
  const gateway = newGateway();
  const declare = declarer(gateway);
  const ApiId = declare('Api', 'Chat', API);
  const integration = declare('Integration', 'Echo', {
    ApiId,
    IntegrationType: 'AWS_PROXY',
    IntegrationUri: lambdaUri('echo'),
  });
  declare('Authorizer', 'Guard', { ApiId, AuthorizerType: 'REQUEST', AuthorizerUri: lambdaUri('guard') });
  const Target = `integrations/${integration}`;
  return { gateway, ApiId, Target, declare };
}

describe('the resources of a WebSocket API', () => {
  it('have ids that are the same at each start and differ between stacks', () => {
    const [api] = gatewayModels(newGateway().definitions);
    const resource = {
      logicalId: 'Chat',
      stackName: 'parley-dev-chat',
      type: 'AWS::ApiGatewayV2::Api',
      constructId: 'Chat',
      physicalName: 'x',
    };
    const [again] = gatewayModels(newGateway().definitions);
    expect(api?.ref(resource)).toMatch(/^[a-z0-9]{10}$/);
    expect(api?.ref(resource)).toBe(again?.ref(resource));
    expect(api?.ref(resource)).not.toBe(api?.ref({ ...resource, stackName: 'parley-prod-chat' }));
    expect(api?.attributes['ApiEndpoint']?.(resource)).toBe(
      `wss://${api?.ref(resource)}.execute-api.us-east-1.amazonaws.com`,
    );
  });

  it('make a stage that clients can be routed by', () => {
    const { gateway, ApiId, Target, declare } = prepared();
    declare('Route', 'Default', { ApiId, RouteKey: '$default', Target });
    expect(declare('Stage', 'Prod', { ApiId, StageName: 'prod', AutoDeploy: true })).toBe('prod');
    expect(gateway.definitions.stage('prod')?.api.routes.get('$default')?.integration).toEqual({
      functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:echo',
      timeoutMs: 29_000,
    });
  });

  it.each<[string, string, JsonObject, RegExp]>([
    ['an HTTP API', 'Api', { ...API, ProtocolType: 'HTTP' }, /is not a WEBSOCKET API/],
    ['an API without expression', 'Api', { ProtocolType: 'WEBSOCKET' }, /has no RouteSelectionExpression/],
    [
      'a disabled endpoint',
      'Api',
      { ...API, DisableExecuteApiEndpoint: true },
      /DisableExecuteApiEndpoint true/,
    ],
    [
      'a mock integration',
      'Integration',
      { IntegrationType: 'MOCK' },
      /IntegrationType "MOCK", which is not modelled/,
    ],
    [
      'an integration with something else than a function',
      'Integration',
      { IntegrationType: 'AWS_PROXY', IntegrationUri: 'arn:aws:apigateway:us-east-1:sqs:path/x' },
      /invokes no Lambda function/,
    ],
    [
      'a timeout over 29 s',
      'Integration',
      { IntegrationType: 'AWS_PROXY', IntegrationUri: lambdaUri('echo'), TimeoutInMillis: 30_000 },
      /TimeoutInMillis outside/,
    ],
    ['a JWT authorizer', 'Authorizer', { AuthorizerType: 'JWT' }, /AuthorizerType "JWT"/],
    [
      'an identity source that is not modelled',
      'Authorizer',
      { AuthorizerType: 'REQUEST', AuthorizerUri: lambdaUri('guard'), IdentitySource: ['stageVariables.x'] },
      /identity source "stageVariables.x"/,
    ],
    [
      'authorization by JWT',
      'Route',
      { RouteKey: '$connect', AuthorizationType: 'JWT' },
      /"JWT", which is not modelled/,
    ],
    [
      'a route that requires an API key',
      'Route',
      { RouteKey: 'x', ApiKeyRequired: true },
      /ApiKeyRequired true/,
    ],
    ['a route without target', 'Route', { RouteKey: 'x' }, /has no Target/],
    [
      'a target that is not there',
      'Route',
      { RouteKey: 'x', Target: 'integrations/none' },
      /is no integration of its API/,
    ],
    ['a reserved route key', 'Route', { RouteKey: '$ping' }, /only \$connect, \$disconnect and \$default/],
    ['a response for a route that is not there', 'RouteResponse', { RouteId: 'none' }, /no route of its API/],
    [
      'a stage to which nothing is deployed',
      'Stage',
      { StageName: 'prod' },
      /neither AutoDeploy nor a DeploymentId/,
    ],
    [
      'half a throttle',
      'Stage',
      { StageName: 'prod', AutoDeploy: true, DefaultRouteSettings: { ThrottlingRateLimit: 5 } },
      /needs both/,
    ],
    [
      'an unknown route setting',
      'Stage',
      { StageName: 'prod', AutoDeploy: true, RouteSettings: { send: { Cached: true } } },
      /has Cached, which is not modelled/,
    ],
    [
      'an access log that goes elsewhere',
      'Stage',
      {
        StageName: 'prod',
        AutoDeploy: true,
        AccessLogSettings: { DestinationArn: 'arn:aws:firehose:x', Format: 'x' },
      },
      /AccessLogSettings that are not a log group/,
    ],
  ])('refuse %s with one sentence that names the resource', (_what, type, properties, message) => {
    const { ApiId, declare } = prepared();
    const create = () => declare(type, 'Odd', { ...(type === 'Api' ? {} : { ApiId }), ...properties });
    expect(create).toThrow(message);
    expect(create).toThrow(/^Odd \(AWS::ApiGatewayV2::/);
  });

  it('refuse an authorizer on another route than $connect, which AWS does not allow', () => {
    const { ApiId, Target, declare } = prepared();
    const properties = { ApiId, Target, RouteKey: 'send', AuthorizationType: 'CUSTOM', AuthorizerId: 'x' };
    expect(() => declare('Route', 'Odd', properties)).toThrow(/only \$connect can have/);
  });

  it('refuse two routes of the same key', () => {
    const { ApiId, Target, declare } = prepared();
    declare('Route', 'First', { ApiId, Target, RouteKey: 'send' });
    expect(() => declare('Route', 'Second', { ApiId, Target, RouteKey: 'send' })).toThrow(
      /another route has already/,
    );
  });

  it('refuse two stages of the same name, because here all APIs share one address', () => {
    const { ApiId, declare } = prepared();
    declare('Stage', 'First', { ApiId, StageName: 'prod', AutoDeploy: true });
    expect(() => declare('Stage', 'Second', { ApiId, StageName: 'prod', AutoDeploy: true })).toThrow(
      /Two APIs have/,
    );
  });
});

describe('route selection expressions', () => {
  it.each([
    ['$request.body.action', ['action']],
    ['$request.body.meta.kind', ['meta', 'kind']],
  ])('%s reads the message at %j', (expression, path) => {
    expect(parseSelectionExpression(expression)).toEqual(path);
  });

  it.each(['$request.header.x', '${request.body.action}', '$request.body', '$request.body.a[0]', '$default'])(
    '%s is refused, being not modelled',
    (expression) => {
      expect(() => parseSelectionExpression(expression)).toThrow(/is not modelled/);
    },
  );
});
