import { randomBytes } from 'node:crypto';
import { asActions } from '../actions';
import type { JsonObject } from '../json/json';
import { object, requiredText } from '../json/members';
import { ServiceError, type Action } from '../service';
import { attributesOf } from './administrator-actions';
import { claimedIssuer, type Tokens } from './tokens';
import type { UserPools } from './user-pools';

/** What a token from here may do at Cognito; those of the hosted sign-in name the scopes that were asked for. */
const OWN_ACCOUNT = 'aws.cognito.signin.user.admin';

/**
 * What people and their apps call, without credentials of AWS. Signing up needs no confirmation here, because nobody
 * is sent a code: SignUp says that the person is confirmed, and ConfirmSignUp takes any code.
 */
export function signInActions(pools: UserPools): Record<string, Action> {
  const clientOf = (input: JsonObject) => pools.ofClient(requiredText(input, 'ClientId'));

  return asActions({
    async InitiateAuth(input) {
      const { pool, client } = clientOf(input);
      const flow = requiredText(input, 'AuthFlow');
      const parameters = object(input, 'AuthParameters') ?? {};
      switch (flow) {
        case 'USER_PASSWORD_AUTH': {
          requireFlow(client.authFlows, 'ALLOW_USER_PASSWORD_AUTH', flow);
          const username = parameter(parameters, 'USERNAME');
          const signedIn = await pool.authenticate(client, username, parameter(parameters, 'PASSWORD'));
          if (signedIn.mustChange) return newPasswordRequired(signedIn.user.username);
          const tokens = await pool.beginSession(signedIn.user, client, { scope: OWN_ACCOUNT });
          return authenticated(tokens, tokens.refreshToken);
        }
        case 'REFRESH_TOKEN_AUTH':
        case 'REFRESH_TOKEN':
          requireFlow(client.authFlows, 'ALLOW_REFRESH_TOKEN_AUTH', flow);
          return authenticated(await pool.refresh(client, parameter(parameters, 'REFRESH_TOKEN')));
        default:
          throw new ServiceError(
            'InvalidParameterException',
            `The local runtime does not model the flow ${flow}`,
          );
      }
    },

    async SignUp(input) {
      const { pool } = clientOf(input);
      if (pool.settings.adminCreateUserOnly)
        throw new ServiceError('NotAuthorizedException', 'SignUp is not permitted for this user pool');
      const { username, sub } = pool.add(requiredText(input, 'Username'), attributesOf(input));
      try {
        await pool.setPassword(username, requiredText(input, 'Password'), true);
      } catch (error) {
        pool.remove(username);
        throw error;
      }
      return { UserConfirmed: true, UserSub: sub };
    },

    ConfirmSignUp(input) {
      const { pool } = clientOf(input);
      requiredText(input, 'ConfirmationCode');
      pool.user(requiredText(input, 'Username'));
      return {};
    },

    async GlobalSignOut(input) {
      const token = requiredText(input, 'AccessToken');
      const issuer = claimedIssuer(token);
      const pool = pools.all().find(({ settings }) => settings.issuer === issuer);
      if (pool === undefined) throw new ServiceError('NotAuthorizedException', 'Invalid Access Token');
      await pool.signOut(token);
      return {};
    },

    RevokeToken(input) {
      const { pool, client } = clientOf(input);
      pool.revoke(client, requiredText(input, 'Token'));
      return {};
    },
  });
}

function authenticated(
  { accessToken, idToken, expiresInSeconds }: Tokens,
  refreshToken?: string,
): JsonObject {
  return {
    ChallengeParameters: {},
    AuthenticationResult: {
      AccessToken: accessToken,
      IdToken: idToken,
      ExpiresIn: expiresInSeconds,
      TokenType: 'Bearer',
      ...(refreshToken === undefined ? {} : { RefreshToken: refreshToken }),
    },
  };
}

/** RespondToAuthChallenge is not modelled: an administrator sets a permanent password here. */
function newPasswordRequired(username: string): JsonObject {
  return {
    ChallengeName: 'NEW_PASSWORD_REQUIRED',
    Session: randomBytes(64).toString('base64url'),
    ChallengeParameters: { USER_ID_FOR_SRP: username, requiredAttributes: '[]', userAttributes: '{}' },
  };
}

function requireFlow(flows: readonly string[], needed: string, flow: string): void {
  if (!flows.includes(needed))
    throw new ServiceError('InvalidParameterException', `${flow} flow not enabled for this client`);
}

function parameter(parameters: JsonObject, name: string): string {
  const value = parameters[name];
  if (typeof value !== 'string' || value === '')
    throw new ServiceError('InvalidParameterException', `Missing required parameter ${name}`);
  return value;
}
