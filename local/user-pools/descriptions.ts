import type { JsonObject } from '../json/json';
import type { PoolUser } from './directory';
import type { ClientSettings } from './settings';
import type { UserPool } from './user-pool';

/** A user as most answers show it; AdminGetUser calls the attributes `UserAttributes`. */
export function describeUser(user: PoolUser, attributesName = 'Attributes'): JsonObject {
  return {
    Username: user.username,
    [attributesName]: Object.entries({ ...user.attributes, sub: user.sub }).map(([Name, Value]) => ({
      Name,
      Value,
    })),
    UserCreateDate: user.createdAt / 1000,
    UserLastModifiedDate: user.modifiedAt / 1000,
    Enabled: user.enabled,
    UserStatus: user.status,
  };
}

export function describePool({ settings, users }: UserPool): JsonObject {
  const { passwordPolicy } = settings;
  return {
    Id: settings.id,
    Name: settings.name,
    Arn: settings.arn,
    Status: 'Enabled',
    EstimatedNumberOfUsers: users.all().length,
    UsernameConfiguration: { CaseSensitive: settings.caseSensitive },
    AdminCreateUserConfig: { AllowAdminCreateUserOnly: settings.adminCreateUserOnly },
    Policies: {
      PasswordPolicy: {
        MinimumLength: passwordPolicy.minimumLength,
        RequireLowercase: passwordPolicy.requireLowercase,
        RequireUppercase: passwordPolicy.requireUppercase,
        RequireNumbers: passwordPolicy.requireNumbers,
        RequireSymbols: passwordPolicy.requireSymbols,
      },
    },
  };
}

export function describeClient(client: ClientSettings): JsonObject {
  return {
    UserPoolId: client.poolId,
    ClientId: client.id,
    ClientName: client.name,
    ExplicitAuthFlows: [...client.authFlows],
    PreventUserExistenceErrors: client.hidesUsers ? 'ENABLED' : 'LEGACY',
    EnableTokenRevocation: client.revokesTokens,
    AccessTokenValidity: client.accessTokenMs / 1000,
    IdTokenValidity: client.idTokenMs / 1000,
    RefreshTokenValidity: client.refreshTokenMs / 1000,
    TokenValidityUnits: { AccessToken: 'seconds', IdToken: 'seconds', RefreshToken: 'seconds' },
    AllowedOAuthFlowsUserPoolClient: client.codeGrant,
    AllowedOAuthFlows: client.codeGrant ? ['code'] : [],
    AllowedOAuthScopes: [...client.scopes],
    CallbackURLs: [...client.callbackUrls],
    LogoutURLs: [...client.logoutUrls],
  };
}
