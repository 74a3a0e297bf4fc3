import { Properties } from '../gateway/properties';
import type { JsonObject } from '../json/json';
import type { DeclaredResource } from '../template/resource-model';
import type { ClientSettings, PasswordPolicy } from './settings';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Without ExplicitAuthFlows. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cognito-userpoolclient.html */
const USUAL_FLOWS = ['ALLOW_REFRESH_TOKEN_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_CUSTOM_AUTH'];

/** @param id of the client, which is what `Ref` gives */
export function readClient(properties: JsonObject, resource: DeclaredResource, id: string): ClientSettings {
  const read = new Properties(properties, resource);
  read.allow('GenerateSecret', false, 'false');
  read.allow('PreventUserExistenceErrors', 'ENABLED', 'LEGACY');
  const units = new Properties(read.optionalObject('TokenValidityUnits') ?? {}, resource);
  const validity = (token: string, usualUnit: string, usualMs: number) => {
    const count = read.optionalNumber(`${token}Validity`);
    if (count === undefined) return usualMs;
    const unit = units.optionalText(token) ?? usualUnit;
    return count * (UNITS[unit] ?? read.fail(`has the unit "${unit}" for ${token}, which is none`));
  };
  const flows = read.texts('AllowedOAuthFlows');
  const other = flows.find((flow) => flow !== 'code');
  if (other !== undefined)
    read.fail(`has the OAuth flow "${other}", which is not modelled; it may be "code"`);
  return {
    id,
    name: read.optionalText('ClientName') ?? resource.physicalName,
    poolId: read.text('UserPoolId'),
    authFlows: properties['ExplicitAuthFlows'] === undefined ? USUAL_FLOWS : read.texts('ExplicitAuthFlows'),
    accessTokenMs: validity('AccessToken', 'hours', HOUR),
    idTokenMs: validity('IdToken', 'hours', HOUR),
    refreshTokenMs: validity('RefreshToken', 'days', 30 * DAY),
    hidesUsers: read.optionalText('PreventUserExistenceErrors') === 'ENABLED',
    revokesTokens: isTrue(properties['EnableTokenRevocation'] ?? true),
    codeGrant: isTrue(properties['AllowedOAuthFlowsUserPoolClient'] ?? false) && flows.includes('code'),
    scopes: read.texts('AllowedOAuthScopes'),
    callbackUrls: read.texts('CallbackURLs'),
    logoutUrls: read.texts('LogoutURLs'),
  };
}

const UNITS: Readonly<Record<string, number>> = {
  seconds: 1000,
  minutes: MINUTE,
  hours: HOUR,
  days: DAY,
};

/** @param properties of the user pool */
export function readPasswordPolicy(properties: JsonObject, resource: DeclaredResource): PasswordPolicy {
  const policies = new Properties(properties, resource).optionalObject('Policies') ?? {};
  const ofPolicies = new Properties(policies, resource);
  ofPolicies.allowOnly(['PasswordPolicy', 'SignInPolicy']);
  const policy = ofPolicies.optionalObject('PasswordPolicy') ?? {};
  const read = new Properties(policy, resource);
  read.allowOnly([
    'MinimumLength',
    'RequireLowercase',
    'RequireUppercase',
    'RequireNumbers',
    'RequireSymbols',
    // Temporary passwords stay valid here: nobody waits a week at a laptop.
    'TemporaryPasswordValidityDays',
  ]);
  return {
    minimumLength: read.optionalNumber('MinimumLength') ?? 8,
    requireLowercase: isTrue(policy['RequireLowercase'] ?? true),
    requireUppercase: isTrue(policy['RequireUppercase'] ?? true),
    requireNumbers: isTrue(policy['RequireNumbers'] ?? true),
    requireSymbols: isTrue(policy['RequireSymbols'] ?? true),
  };
}

/** CloudFormation takes booleans written as text too. */
export function isTrue(value: unknown): boolean {
  return value === true || value === 'true';
}
