import { Properties } from '../gateway/properties';
import { resourceId } from '../gateway/ids';
import { arn, REGION, type DeclaredResource, type ResourceModel } from '../template/resource-model';
import { isTrue, readClient, readPasswordPolicy } from './client-settings';
import type { UserPools } from './user-pools';

const NO_MESSAGES = 'nobody is sent a mail or an SMS from this machine';
const TO_READ = 'it is for people to read';

/**
 * The user pools of a template, with their groups, app clients and domains.
 * @param localAddress the address on this machine that stands for one of AWS
 */
export function userPoolModels(pools: UserPools, localAddress: (address: string) => string): ResourceModel[] {
  return [poolModel(pools, localAddress), groupModel(pools), clientModel(pools), domainModel(pools)];
}

const poolId = (resource: DeclaredResource) => `${REGION}_${resourceId(resource, 9)}`;
const providerName = (resource: DeclaredResource) =>
  `cognito-idp.${REGION}.amazonaws.com/${poolId(resource)}`;
const poolArn = (resource: DeclaredResource) => arn('cognito-idp', `userpool/${poolId(resource)}`);

function poolModel(pools: UserPools, localAddress: (address: string) => string): ResourceModel {
  return {
    type: 'AWS::Cognito::UserPool',
    properties: [
      'UserPoolName',
      'Policies',
      'UsernameConfiguration',
      'AdminCreateUserConfig',
      'MfaConfiguration',
    ],
    ignoredProperties: {
      AccountRecoverySetting: NO_MESSAGES,
      AliasAttributes: 'people sign in with their names here',
      UsernameAttributes: 'people sign in with their names here',
      AutoVerifiedAttributes: NO_MESSAGES,
      DeletionProtection: 'nothing here deletes a user pool but --reset',
      DeviceConfiguration: 'devices are not remembered here',
      EmailConfiguration: NO_MESSAGES,
      EmailVerificationMessage: NO_MESSAGES,
      EmailVerificationSubject: NO_MESSAGES,
      EnabledMfas: 'a second factor is optional, and nobody can set one up here',
      Schema: 'attributes are kept as they come',
      SmsAuthenticationMessage: NO_MESSAGES,
      SmsConfiguration: NO_MESSAGES,
      SmsVerificationMessage: NO_MESSAGES,
      UserAttributeUpdateSettings: NO_MESSAGES,
      UserPoolAddOns: 'threat protection watches sign-ins from the internet',
      UserPoolTags: TO_READ,
      UserPoolTier: 'it is what AWS bills by',
      VerificationMessageTemplate: NO_MESSAGES,
    },
    ref: poolId,
    attributes: {
      Arn: poolArn,
      UserPoolId: poolId,
      ProviderName: providerName,
      ProviderURL: (resource) => `https://${providerName(resource)}`,
    },
    create(properties, resource) {
      const read = new Properties(properties, resource);
      // With ON, somebody without a second factor could not sign in on AWS.
      read.allow('MfaConfiguration', 'OFF', 'OPTIONAL');
      const usernames = new Properties(read.optionalObject('UsernameConfiguration') ?? {}, resource);
      usernames.allow('CaseSensitive', true, false, 'true', 'false');
      const creating = read.optionalObject('AdminCreateUserConfig') ?? {};
      pools.declare({
        id: poolId(resource),
        name: read.optionalText('UserPoolName') ?? resource.physicalName,
        arn: poolArn(resource),
        issuer: localAddress(`https://${providerName(resource)}`),
        // https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-cognito-userpool-usernameconfiguration.html
        caseSensitive: isTrue(read.optionalObject('UsernameConfiguration')?.['CaseSensitive'] ?? true),
        adminCreateUserOnly: isTrue(creating['AllowAdminCreateUserOnly'] ?? false),
        passwordPolicy: readPasswordPolicy(properties, resource),
      });
    },
  };
}

function groupModel(pools: UserPools): ResourceModel {
  return {
    type: 'AWS::Cognito::UserPoolGroup',
    properties: ['UserPoolId', 'GroupName', 'Description'],
    ignoredProperties: {
      Precedence: 'it chooses among the roles of groups, of which there are none',
    },
    ref: (resource) => resource.physicalName,
    attributes: {},
    create(properties, resource) {
      const read = new Properties(properties, resource);
      const pool = pools.pool(read.text('UserPoolId'));
      const name = read.optionalText('GroupName') ?? resource.physicalName;
      pool.groups.set(name, read.optionalText('Description') ?? '');
    },
  };
}

function clientModel(pools: UserPools): ResourceModel {
  const clientId = (resource: DeclaredResource) => resourceId(resource, 26);
  return {
    type: 'AWS::Cognito::UserPoolClient',
    properties: [
      'UserPoolId',
      'ClientName',
      'GenerateSecret',
      'ExplicitAuthFlows',
      'PreventUserExistenceErrors',
      'EnableTokenRevocation',
      'AccessTokenValidity',
      'IdTokenValidity',
      'RefreshTokenValidity',
      'TokenValidityUnits',
      'AllowedOAuthFlows',
      'AllowedOAuthFlowsUserPoolClient',
      'AllowedOAuthScopes',
      'CallbackURLs',
      'LogoutURLs',
      'SupportedIdentityProviders',
    ],
    ignoredProperties: {
      AuthSessionValidity: 'no sign-in here takes more than one step',
      DefaultRedirectURI: 'each request must name its own',
      ReadAttributes: 'attributes are not kept from clients here',
      WriteAttributes: 'clients cannot write attributes here',
    },
    ref: clientId,
    attributes: { ClientId: clientId, Name: (resource) => resource.physicalName },
    create(properties, resource) {
      const providers = new Properties(properties, resource).texts('SupportedIdentityProviders');
      const other = providers.find((name) => name !== 'COGNITO');
      if (other !== undefined) throw new Error(`the identity provider ${other} is not modelled`);
      const client = readClient(properties, resource, clientId(resource));
      pools.pool(client.poolId).clients.set(client.id, client);
    },
  };
}

function domainModel(pools: UserPools): ResourceModel {
  return {
    type: 'AWS::Cognito::UserPoolDomain',
    properties: ['Domain', 'UserPoolId'],
    ignoredProperties: { ManagedLoginVersion: 'the page is plain here' },
    ref: (resource) => resource.physicalName,
    attributes: {},
    create(properties, resource) {
      const read = new Properties(properties, resource);
      const domain = read.text('Domain');
      if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(domain))
        read.fail(`has the domain "${domain}", which is no prefix of Cognito's own domain`);
      pools.declareDomain(domain, read.text('UserPoolId'));
    },
  };
}
