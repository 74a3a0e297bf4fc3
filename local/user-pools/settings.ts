/** What a template says of a user pool, and how the pool applies it. Times are in ms. */
export interface PoolSettings {
  /** e.g. `us-east-1_a1b2c3d4e` */
  readonly id: string;
  readonly name: string;
  readonly arn: string;
  /** The `iss` of its tokens: an address at which its keys can be fetched. */
  readonly issuer: string;
  readonly caseSensitive: boolean;
  /** People may only be made by an administrator. */
  readonly adminCreateUserOnly: boolean;
  readonly passwordPolicy: PasswordPolicy;
}

export interface PasswordPolicy {
  readonly minimumLength: number;
  readonly requireLowercase: boolean;
  readonly requireUppercase: boolean;
  readonly requireNumbers: boolean;
  readonly requireSymbols: boolean;
}

/** An app client without a secret. */
export interface ClientSettings {
  readonly id: string;
  readonly name: string;
  readonly poolId: string;
  /** e.g. `ALLOW_USER_PASSWORD_AUTH` */
  readonly authFlows: readonly string[];
  readonly accessTokenMs: number;
  readonly idTokenMs: number;
  readonly refreshTokenMs: number;
  /** Answers about somebody who does not exist as about somebody whose password is wrong. */
  readonly hidesUsers: boolean;
  readonly revokesTokens: boolean;
  /** May use the hosted sign-in, with the code grant. */
  readonly codeGrant: boolean;
  readonly scopes: readonly string[];
  /** Compared exactly. */
  readonly callbackUrls: readonly string[];
  readonly logoutUrls: readonly string[];
}
