import { synthesize, type StackTemplate } from './synthesized';

const ROUTE = 'AWS::ApiGatewayV2::Route';
const ORIGINS = 'https://chat.example,http://localhost:5173';
/** The origin of the app's own page, which CloudFront gives out. */
const OWN_PAGE = {
  'Fn::Join': ['', ['https://', { 'Fn::ImportValue': expect.stringMatching(/^parley-dev-web:/) }]],
};
const OWN_PAGE_ROOT = {
  'Fn::Join': ['', ['https://', { 'Fn::ImportValue': expect.stringMatching(/^parley-dev-web:/) }, '/']],
};

describe('access for who signs in', () => {
  let data: StackTemplate;
  let chat: StackTemplate;
  beforeAll(() => {
    ({ data, chat } = synthesize({ allowedOrigins: ORIGINS }));
  });

  test('S3, Lambda authorizer: asks the authorizer about every handshake, whichever way the credential comes', () => {
    const { AuthorizationType, AuthorizerId } = chat.properties(ROUTE, '$connect-Route');
    expect(AuthorizationType).toBe('CUSTOM');
    expect(chat.render(AuthorizerId)).toBe('<websocket/api/authorizer>');
    const authorizer = chat.properties('AWS::ApiGatewayV2::Authorizer', 'authorizer');
    expect(authorizer).toMatchObject({
      AuthorizerType: 'REQUEST',
      IdentitySource: ['route.request.header.Host'],
    });
    expect(chat.render(authorizer.AuthorizerUri)).toContain('<authorize/authorize.Arn>');
  });

  test('S4, Cognito: has people with strong passwords whom the operator adds, in two groups', () => {
    expect(data.properties('AWS::Cognito::UserPool', 'people')).toMatchObject({
      UserPoolName: 'parley-dev',
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
      Policies: { PasswordPolicy: { MinimumLength: 12, RequireSymbols: true } },
      MfaConfiguration: 'OPTIONAL',
      EnabledMfas: ['SOFTWARE_TOKEN_MFA'],
    });
    for (const GroupName of ['agents', 'moderators'])
      data.template.hasResourceProperties('AWS::Cognito::UserPoolGroup', { GroupName });
  });

  test('has a public app whose sign-in leads back to the allowed pages alone and tells nobody who exists', () => {
    const pages = ['https://chat.example/', 'http://localhost:5173/', OWN_PAGE_ROOT];
    expect(data.properties('AWS::Cognito::UserPoolClient', 'app')).toMatchObject({
      GenerateSecret: false,
      AllowedOAuthFlows: ['code'],
      CallbackURLs: pages,
      LogoutURLs: pages,
      PreventUserExistenceErrors: 'ENABLED',
      EnableTokenRevocation: true,
      AccessTokenValidity: 60,
      TokenValidityUnits: { AccessToken: 'minutes' },
    });
  });

  test('keeps people over deployments where it keeps data', () => {
    const kept = synthesize({ retainData: 'true' }).data.template;
    kept.hasResource('AWS::Cognito::UserPool', {
      DeletionPolicy: 'Retain',
      Properties: { DeletionProtection: 'ACTIVE' },
    });
    data.template.hasResource('AWS::Cognito::UserPool', { DeletionPolicy: 'Delete' });
  });

  test('lets the allowed pages alone ask for tickets, so many at a time, and logs no token', () => {
    expect(chat.properties('AWS::ApiGatewayV2::Api', 'http/api')).toMatchObject({
      ProtocolType: 'HTTP',
      CorsConfiguration: {
        AllowOrigins: [...ORIGINS.split(','), OWN_PAGE],
        AllowMethods: ['POST'],
        AllowHeaders: ['authorization'],
      },
    });
    const stage = chat.properties('AWS::ApiGatewayV2::Stage', 'http/stage');
    expect(stage).toMatchObject({
      StageName: '$default',
      DefaultRouteSettings: { ThrottlingRateLimit: 500, ThrottlingBurstLimit: 500 },
    });
    const { Format } = stage.AccessLogSettings as { Format: string };
    expect(Format).not.toMatch(/querystring|header|body|authorizer|sourceIp/i);
  });

  test('lets no page but its own come in, and the hosted sign-in lead back to no other, where no origin is set', () => {
    const { data: pool, chat: api } = synthesize();
    expect(api.properties('AWS::ApiGatewayV2::Api', 'http/api')).toMatchObject({
      CorsConfiguration: { AllowOrigins: [OWN_PAGE] },
    });
    const app = pool.properties('AWS::Cognito::UserPoolClient', 'app');
    expect(app).toMatchObject({ AllowedOAuthFlowsUserPoolClient: true, CallbackURLs: [OWN_PAGE_ROOT] });
  });
});

test('access for guests too has the same authorizer, and any page may ask where no origin is set', () => {
  const { data, chat } = synthesize({ access: 'guests' });
  expect(chat.properties(ROUTE, '$connect-Route').AuthorizationType).toBe('CUSTOM');
  data.template.resourceCountIs('AWS::Cognito::UserPool', 1);
  expect(chat.properties('AWS::ApiGatewayV2::Api', 'http/api')).toMatchObject({
    CorsConfiguration: { AllowOrigins: ['*'] },
  });
});

test('S3, IAM roles: access for servers takes signed handshakes, and has no user pool, no HTTP API and no page', () => {
  const { data, chat, web } = synthesize({ access: 'iam' });
  expect(chat.properties(ROUTE, '$connect-Route').AuthorizationType).toBe('AWS_IAM');
  expect(web).toEqual([]);
  for (const type of ['UserPool', 'UserPoolClient', 'UserPoolDomain', 'UserPoolGroup'])
    data.template.resourceCountIs(`AWS::Cognito::${type}`, 0);
  chat.template.resourceCountIs('AWS::ApiGatewayV2::Authorizer', 0);
  chat.template.resourceCountIs('AWS::ApiGatewayV2::Api', 1);
});

test('access for servers deploys no function for people who sign in, and each of the others is called by something', () => {
  const ids = (stack: StackTemplate) =>
    stack.resources
      .filter(([, { Type }]) => Type === 'AWS::Lambda::Function')
      .map(([id]) => stack.render({ Ref: id }));
  const all = ids(synthesize().chat);
  const { chat } = synthesize({ access: 'iam' });
  const deployed = ids(chat);
  const leftOut = ['authorize', 'close-expired', 'issue-ticket', 'refresh', 'sign-out'];
  expect(all.filter((id) => !deployed.includes(id)).sort()).toEqual(
    leftOut.map((name) => `<${name}/${name}>`),
  );
  // What calls a function names it, in a permission or in the policy of a workflow.
  const callers = JSON.stringify(
    chat.resources.filter(([, { Type }]) => /::(Permission|Policy)$/.test(Type)),
  );
  const uncalled = chat.resources.filter(
    ([id, { Type }]) =>
      Type === 'AWS::Lambda::Function' && !callers.includes(`{"Fn::GetAtt":["${id}","Arn"]}`),
  );
  expect(uncalled).toEqual([]);
});
