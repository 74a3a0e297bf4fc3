import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { toLocalAddresses } from '../../local/addresses';
import { createClock } from '../../local/clock';
import type { JsonObject } from '../../local/json/json';
import { OPERATOR, Services } from '../../local/service';
import type { DeclaredResource } from '../../local/template/resource-model';
import { createHostedSignIn } from '../../local/user-pools/hosted/hosted-sign-in';
import { createIssuerHandler } from '../../local/user-pools/issuer-endpoint';
import { userPoolModels } from '../../local/user-pools/user-pool-models';
import { UserPools } from '../../local/user-pools/user-pools';
import { createWire } from '../../local/wire/wire';

export const CALLBACK = 'http://localhost:5173/';
export const DOMAIN = 'parley-test';

export interface UserPoolsFixture {
  readonly endpoint: string;
  readonly issuer: string;
  readonly poolId: string;
  readonly clientId: string;
  readonly client: CognitoIdentityProviderClient;
  readonly pools: UserPools;
  readonly declare: (type: string, logicalId: string, properties: JsonObject) => string;
  /** Shifts the pool's clock. */
  readonly pass: (milliseconds: number) => void;
  close(): Promise<void>;
}

/** A user pool as CDK declares it, served over HTTP as the runtime does. */
export async function startUserPools({
  client: clientProperties = {},
  pool: poolProperties = {},
  dataDir,
}: { client?: JsonObject; pool?: JsonObject; dataDir?: string } = {}): Promise<UserPoolsFixture> {
  let offset = 0;
  const real = createClock();
  const clock = { ...real, now: () => real.now() + offset };
  const pools = new UserPools({ clock, ...(dataDir === undefined ? {} : { dataDir }) });
  const services = new Services();
  services.add(pools.service());
  const server: Server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${port}`;
  const place = { port, httpApis: new Set<string>() };
  const models = userPoolModels(pools, (address) => toLocalAddresses(address, place));
  const declare = (type: string, logicalId: string, properties: JsonObject) => {
    const model = models.find((one) => one.type === `AWS::Cognito::${type}`)!;
    const used = Object.entries(properties).filter(([name]) => model.ignoredProperties?.[name] === undefined);
    expect(used.filter(([name]) => !model.properties.includes(name))).toEqual([]);
    const given = properties['Domain'] ?? properties['GroupName'];
    const physicalName = typeof given === 'string' ? given : `test-${logicalId}`;
    const resource: DeclaredResource = {
      logicalId,
      stackName: 'test',
      type: model.type,
      constructId: logicalId,
      physicalName,
    };
    void model.create(Object.fromEntries(used), resource);
    return model.ref(resource);
  };
  const poolId = declare('UserPool', 'People', {
    UserPoolName: 'parley-test',
    Policies: { PasswordPolicy: { MinimumLength: 12 } },
    UsernameConfiguration: { CaseSensitive: false },
    AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
    MfaConfiguration: 'OPTIONAL',
    EnabledMfas: ['SOFTWARE_TOKEN_MFA'],
    UserPoolTier: 'ESSENTIALS',
    ...poolProperties,
  });
  declare('UserPoolGroup', 'Agents', { UserPoolId: poolId, GroupName: 'agents', Description: 'They help.' });
  const clientId = declare('UserPoolClient', 'Web', {
    UserPoolId: poolId,
    GenerateSecret: false,
    ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
    PreventUserExistenceErrors: 'ENABLED',
    EnableTokenRevocation: true,
    AccessTokenValidity: 60,
    IdTokenValidity: 60,
    RefreshTokenValidity: 43_200,
    TokenValidityUnits: { AccessToken: 'minutes', IdToken: 'minutes', RefreshToken: 'minutes' },
    AllowedOAuthFlows: ['code'],
    AllowedOAuthFlowsUserPoolClient: true,
    AllowedOAuthScopes: ['openid', 'profile'],
    CallbackURLs: [CALLBACK],
    LogoutURLs: [CALLBACK],
    SupportedIdentityProviders: ['COGNITO'],
    ...clientProperties,
  });
  declare('UserPoolDomain', 'SignIn', { UserPoolId: poolId, Domain: DOMAIN });

  const handlers = [
    createWire({ services, callerOf: () => OPERATOR, report: (error) => console.error(error) }),
    createIssuerHandler(pools),
    createHostedSignIn(pools, clock),
  ];
  server.on('request', (request, response) => {
    void (async () => {
      for (const handle of handlers) if (await handle(request, response)) return;
      response.writeHead(404).end();
    })();
  });
  const client = new CognitoIdentityProviderClient({ endpoint });
  return {
    endpoint,
    issuer: `${endpoint}/user-pools/${poolId}`,
    poolId,
    clientId,
    client,
    pools,
    declare,
    pass: (milliseconds) => (offset += milliseconds),
    close: async () => {
      client.destroy();
      pools.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
