import { ServiceError, type Caller } from '../service';
import { ACCOUNT, REGION } from '../template/resource-model';
import type { RequestContext } from './conditions';
import type { Evaluation } from './evaluation';

/** Services whose AccessDeniedException has the status 403; that of the others is 400. */
const FORBIDDEN = ['execute-api', 'lambda', 'sns', 'sqs'];

export function roleArn(name: string): string {
  return `arn:aws:iam::${ACCOUNT}:role/${name}`;
}

/** Roles are called by their ARNs, services such as `events.amazonaws.com` by their names. */
function isRole(principal: string): boolean {
  return principal.startsWith('arn:');
}

/** What conditions can ask of a request. This machine's loopback stands for TLS: nobody else hears what is said there. */
export function contextOf({ principal, sourceArn }: Caller): RequestContext {
  const context = new Map([
    ['aws:securetransport', 'true'],
    ['aws:requestedregion', REGION],
  ]);
  if (isRole(principal)) {
    context.set('aws:principalarn', principal).set('aws:principalaccount', ACCOUNT);
    context.set('aws:principalisawsservice', 'false');
  } else {
    context.set('aws:principalservicename', principal).set('aws:sourceaccount', ACCOUNT);
    context.set('aws:principalisawsservice', 'true');
  }
  if (sourceArn !== undefined) context.set('aws:sourcearn', sourceArn);
  return context;
}

/** Why not, in the words that AWS puts behind action and resource. */
export function reasonOf(
  evaluation: Exclude<Evaluation, { outcome: 'allowed' }>,
  caller: Caller,
  action: string,
) {
  if (evaluation.outcome === 'implicit deny') {
    const policy = isRole(caller.principal) ? 'identity' : 'resource';
    return `because no ${policy}-based policy allows the ${action} action`;
  }
  return `with an explicit deny in ${evaluation.policy === 'identity' ? 'an' : 'a'} ${evaluation.policy}-based policy`;
}

/** Worded as by AWS. A role's session is called `local`, whoever holds it. */
export function accessDenied(
  service: string,
  { principal }: Caller,
  action: string,
  resource: string,
  reason: string,
): ServiceError {
  const user = isRole(principal)
    ? `arn:aws:sts::${ACCOUNT}:assumed-role/${principal.slice(principal.indexOf('/') + 1)}/local`
    : principal;
  const message = `User: ${user} is not authorized to perform: ${action} on resource: ${resource} ${reason}`;
  return new ServiceError('AccessDeniedException', message, FORBIDDEN.includes(service) ? 403 : 400);
}
