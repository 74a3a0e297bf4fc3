import { Aws, Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import {
  AccountRecovery,
  FeaturePlan,
  Mfa,
  OAuthScope,
  UserPool as CognitoUserPool,
  UserPoolClientIdentityProvider,
  type UserPoolClient,
} from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import { GROUPS, type Group } from '../../handlers/chat/identity';
import { originsOf, type Settings } from '../settings';

/** Who the groups are for, as the console shows it. */
const MEANINGS: Readonly<Record<Group, string>> = {
  agents: 'Support agents.',
  moderators: 'People who keep order in every channel.',
};

/** The people who may sign in, the app that they sign in to, and the page where they do. */
export class UserPool extends Construct {
  readonly userPoolId: string;
  readonly clientId: string;
  /** What tokens of this pool name as their issuer. */
  readonly issuer: string;
  /** `https://...` of the hosted sign-in. */
  readonly signInUrl: string;

  constructor(
    scope: Construct,
    id: string,
    settings: Pick<Settings, 'stage' | 'retainData' | 'allowedOrigins'>,
  ) {
    super(scope, id);
    const pool = this.addPool(settings);
    for (const groupName of GROUPS) {
      pool.addGroup(groupName, { groupName, description: MEANINGS[groupName] });
    }
    const domain = pool.addDomain('domain', {
      // One name for all accounts of a Region, so that of this account is in it.
      cognitoDomain: { domainPrefix: `parley-${settings.stage}-${Aws.ACCOUNT_ID}` },
    });
    this.userPoolId = pool.userPoolId;
    this.clientId = addClient(pool, originsOf(settings)).userPoolClientId;
    this.issuer = pool.userPoolProviderUrl;
    this.signInUrl = domain.baseUrl();
  }

  private addPool({ stage, retainData }: Pick<Settings, 'stage' | 'retainData'>): CognitoUserPool {
    const pool = new CognitoUserPool(this, 'people', {
      userPoolName: `parley-${stage}`,
      // Whoever runs this says who belongs to it.
      selfSignUpEnabled: false,
      signInAliases: { username: true },
      signInCaseSensitive: false,
      passwordPolicy: {
        minLength: 12,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
        tempPasswordValidity: Duration.days(7),
      },
      mfa: Mfa.OPTIONAL,
      mfaSecondFactor: { otp: true, sms: false },
      // No address is asked for, so there is nowhere to send a code to: who forgot a password is given a new one.
      accountRecovery: AccountRecovery.NONE,
      featurePlan: FeaturePlan.ESSENTIALS,
      deletionProtection: retainData,
      removalPolicy: retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    Validations.of(pool).acknowledge(
      {
        id: 'AwsSolutions::AwsSolutions-COG2',
        reason:
          'A second factor is each person’s choice: a code app is offered, and nobody is locked out without one.',
      },
      {
        id: 'AwsSolutions::AwsSolutions-COG3',
        reason: 'Threat protection takes the Plus plan, which is paid for every person; see SECURITY.md.',
      },
      {
        id: 'AwsSolutions::AwsSolutions-COG8',
        reason: 'The Plus plan is paid for every person; Essentials has all that sign-in here is built on.',
      },
    );
    return pool;
  }
}

/** The app is public, a page or a tool: it has no secret, and signs in by password or by a code with PKCE. */
function addClient(pool: CognitoUserPool, origins: readonly string[]): UserPoolClient {
  const pages = origins.map((origin) => `${origin}/`);
  const hosted = {
    flows: { authorizationCodeGrant: true },
    scopes: [OAuthScope.OPENID, OAuthScope.PROFILE],
    callbackUrls: pages,
    logoutUrls: pages,
  };
  return pool.addClient('app', {
    generateSecret: false,
    authFlows: { userPassword: true, userSrp: true },
    // A hosted sign-in leads back to a page; where no page may connect there is none.
    ...(pages.length > 0 ? { oAuth: hosted } : { disableOAuth: true }),
    supportedIdentityProviders: [UserPoolClientIdentityProvider.COGNITO],
    preventUserExistenceErrors: true,
    enableTokenRevocation: true,
    accessTokenValidity: Duration.hours(1),
    idTokenValidity: Duration.hours(1),
    refreshTokenValidity: Duration.days(30),
  });
}
