import { matchOf, type AccessRequest, type Match, type Statement } from './policy';

/** Whether a request is allowed, and by which policy. */
export type Evaluation =
  | { readonly outcome: 'allowed'; readonly statement: Statement; readonly match: Match }
  | { readonly outcome: 'explicit deny'; readonly policy: 'identity' | 'resource' }
  | { readonly outcome: 'implicit deny' };

/**
 * Evaluates the policies of a principal and of the resource, both of one account: a Deny in either ends it, an Allow in
 * either is enough, and without one nobody may do anything. Of several statements that allow, the first counts.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html
 * @param identity statements of the principal's own policies; none for a service
 * @param resource statements of the resource's policy
 */
export function evaluate(
  request: AccessRequest,
  identity: readonly Statement[],
  resource: readonly Statement[],
): Evaluation {
  let allowed: Evaluation | undefined;
  for (const [policy, statements] of [['identity', identity] as const, ['resource', resource] as const]) {
    for (const statement of statements) {
      const match = matchOf(statement, request);
      if (match === undefined) continue;
      if (statement.effect === 'Deny') return { outcome: 'explicit deny', policy };
      allowed ??= { outcome: 'allowed', statement, match };
    }
  }
  return allowed ?? { outcome: 'implicit deny' };
}
